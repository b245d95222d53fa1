"""Complete training scripts for today's Hugging Face libraries, written from a few settings.

``settings`` names what can be chosen, ``problems`` says what does not go together, ``program`` writes the script,
``launch`` the configuration of accelerate for several GPUs, and ``sample`` lists the settings that the tests run.
Everything is text: nothing here imports the libraries that the scripts use.
"""
