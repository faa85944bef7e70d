"""The scenes: split (many small answers), events (streams), bulk (one large body)."""
