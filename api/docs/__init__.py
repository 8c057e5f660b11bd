"""The OpenAPI document as a page for people: made on the server, one file, nothing fetched from anywhere."""
