"""What is built from, and handed out with: pins, licences, advisories, the bill of materials."""
