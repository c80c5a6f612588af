/* Seen by cppcheck only: it does not know the C library of the machine. */
