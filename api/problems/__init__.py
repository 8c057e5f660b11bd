"""Problems with their tests, tags and bookmarks."""
