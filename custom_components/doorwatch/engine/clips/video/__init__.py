"""What is inside a clip: codecs, pictures of it, copies that are cut or covered."""
