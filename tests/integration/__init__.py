"""One module with its real partner: mosquitto, libVLC, ffmpeg, a database."""
