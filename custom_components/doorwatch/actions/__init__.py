"""Operations on a clip, for every caller: action, command or view."""
