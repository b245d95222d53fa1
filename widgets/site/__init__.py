"""From the sources to the site: Markdown formatters, assets, checks of the sources and of the built pages."""
