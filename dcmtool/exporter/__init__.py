"""DICOM nodes in Prometheus: probes over HTTP, as blackbox_exporter has them, with their metrics."""
