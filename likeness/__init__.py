"""One notion of when names, postcodes and identifiers are alike, shared by the services. Pure."""
