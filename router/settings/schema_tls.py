"""What every listener with TLS is told: who it is. The listeners' own keys stand beside them."""

from typing import Self

from pydantic import Field, model_validator

from router.settings.certificates import check_pair
from router.settings.kinds import CertificateFile, KeyFile
from router.settings.section import Section


class OwnCertificate(Section):
    """A certificate and its key, which belong together."""

    cert: CertificateFile = Field(
        description="PEM file of the certificate and, below it, those that lead to its authority.",
        examples=["tls.crt"],
    )
    key: KeyFile = Field(
        description="PEM file of the certificate's private key, without a password.",
        examples=["tls.key"],
    )

    @model_validator(mode="after")
    def _is_a_pair(self) -> Self:
        if self.cert.text:  # else it cannot be read, which is said of the file
            check_pair(self.cert.text, self.key.text)
        return self
