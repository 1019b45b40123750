"""TLS: profiles, cipher suites, contexts, a layer over any driver, and why a handshake failed."""
