import pytest

from router.compare.credentials import find_credentials, is_secret_parameter, names_a_secret


def found(text: str) -> list[str]:
    return [text[start:end] for start, end in find_credentials(text)]


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "sk-proj-abcdefghijklmnop1234",
        "sk_live_abcdefghijklmnop1234",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_11ABCDEFG0abcdefghij",
        "glpat-abcdefghij0123456789",
        "xoxb-123456789012-abcdefghijkl",
        "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA1234567890abcdefghijklmnopqrstuv",
        "hf_abcdefghijklmnopqrst",
        "Zx9kQw3nLpR7tYv2sDfG5hJ8mBcX1aE4",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpA\n-----END RSA PRIVATE KEY-----",
    ],
)
@pytest.mark.parametrize("around", ["{}", "your key: {}.", "<{}>", "x {} y"])
def test_credentials_are_found_by_their_form(secret: str, around: str) -> None:
    assert any(secret in each for each in found(around.format(secret)))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abcdefgh12345678", "Bearer abcdefgh12345678"),
        ("bearer abcdefghijklmnopqrstuvwx", "bearer abcdefghijklmnopqrstuvwx"),
        ("Basic dXNlcjpwYXNzd29yZDE=", "Basic dXNlcjpwYXNzd29yZDE="),
        ("password=hunter22&x=1", "hunter22"),
        ("my PASSWORD is: x, pwd: hunter22", "hunter22"),
        ('"client_secret": "s3cr3t!x"', "s3cr3t!x"),
        ("postgres://ada:lovelace@db/x", "ada:lovelace"),
        ("api-key = abcd", "abcd"),
    ],
)
def test_credentials_are_found_by_what_they_are_called(text: str, secret: str) -> None:
    assert secret in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Basic understanding of bearer bonds",
        "The token generation took 12345678 ms",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "https://example.com/path?x=1",
        "risk-free-and-perfectly-ordinary-words",
        "max_tokens",
        "",
    ],
)
def test_what_is_no_credential_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "Password",
        "user_password",
        "api_key",
        "x-api-key",
        "apiKey",
        "Authorization",
        "proxy-authorization",
        "Cookie",
        "set-cookie",
        "access_token",
        "csrf-token",
        "session",
        "sessionId",
        "client_secret",
        "ocp-apim-subscription-key"[-16:],
    ],
)
def test_names_of_secrets_are_known(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name", ["user_password_hash", "passwordHashed", "password-digest", "password_salt"]
)
def test_what_is_made_of_a_secret_is_named_as_one(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "commit_hash",
        "digest",
        "salt",
        "max_tokens",
        "prompt_tokens",
        "key",
        "author",
        "passenger",
        "label",
        "pint",
        "",
    ],
)
def test_other_names_are_no_names_of_secrets(name: str) -> None:
    assert not names_a_secret(name)


@pytest.mark.parametrize("name", ["key", "code", "X-Amz-Signature", "sig", "token"])
def test_a_query_has_further_names_of_secrets(name: str) -> None:
    assert is_secret_parameter(name)


def test_a_query_has_names_of_no_secrets() -> None:
    assert not is_secret_parameter("page")
