"""The widgets of the course, a folder each, whose ``widget`` module offers ``WIDGET``; ``registry`` names them all."""
