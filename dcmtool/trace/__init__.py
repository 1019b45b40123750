"""Events as text. Renderers only read events; what is shown where is the console's business."""
