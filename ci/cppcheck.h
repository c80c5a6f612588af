/* Seen by cppcheck only: it does not know the C library of the machine. */
#define json_array_foreach(array, index, value) \
	for (index = 0; (value = json_array_get(array, index)) != 0; index++)
