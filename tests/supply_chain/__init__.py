"""The supply chain: pins, licences, advisories, the bill of materials."""
