"""Complete training scripts for today's Hugging Face libraries, written from a few settings.

``choices`` says what there is to choose from and ``problems`` what does not go together; ``program`` writes the script
(with ``rows``, ``training`` and ``finish``), ``launch`` the configuration of accelerate for several GPUs, ``sample``
lists the settings that the tests run. Everything is text: nothing here imports the libraries that the scripts use.
"""
