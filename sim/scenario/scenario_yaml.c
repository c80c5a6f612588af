/*
 * A scenario's YAML against its schema. libcyaml loads the values; it takes "12x" for 12 and any
 * word for true, and knows lines only roughly, so the same schema is first held against libyaml's
 * tree, which knows them all.
 */
#include "sim/scenario/scenario_yaml.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/scenario_schema.h"

#define FILE_BYTES_MAX 262144 /* nobody writes a scenario as long as that */

static const cyaml_config_t config = {
	.mem_fn = cyaml_mem,
	.flags = CYAML_CFG_NO_ALIAS,
};

/* What is being checked, and which nodes were seen: a second time is an alias. */
struct check {
	struct scenario_yaml_file *file;
	bool *seen;
};

__attribute__((format(printf, 3, 0))) static int line_refuse(const struct scenario_yaml_file *file,
							     size_t line, const char *format,
							     va_list values)
{
	(void)fprintf(stderr, "%s:%zu: ", file->path, line + 1);
	(void)vfprintf(stderr, format, values);
	(void)fputc('\n', stderr);
	return -1;
}

__attribute__((format(printf, 3, 4))) static int refuse(const struct scenario_yaml_file *file,
							size_t line, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	(void)line_refuse(file, line, format, values);
	va_end(values);
	return -1;
}

static const char *scalar_text(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

/* The node of a mapping's key, and with value that of its value; NULL: there is none. */
static yaml_node_t *mapping_find(yaml_document_t *document, const yaml_node_t *mapping,
				 const char *key, size_t key_bytes, yaml_node_t **value)
{
	if (mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
	     pair < mapping->data.mapping.pairs.top; pair++) {
		yaml_node_t *node = yaml_document_get_node(document, pair->key);

		if (node->type == YAML_SCALAR_NODE && node->data.scalar.length == key_bytes &&
		    memcmp(node->data.scalar.value, key, key_bytes) == 0) {
			*value = yaml_document_get_node(document, pair->value);
			return node;
		}
	}
	return NULL;
}

/*
 * The line of a place, or where the nearest thing around it begins; all: whether the whole place
 * is there.
 */
static size_t place_line(const struct scenario_yaml_file *file, const char *place, bool *all)
{
	/* libyaml's getters take no const document, and change nothing. */
	yaml_document_t document = file->document;
	yaml_node_t *node = yaml_document_get_root_node(&document);
	size_t line = 0;

	for (; *place != '\0'; place += *place == '.') {
		size_t bytes = strcspn(place, ".[");
		yaml_node_t *value;

		if (*place == '[') {
			char *end;
			unsigned long entry = strtoul(place + 1, &end, 10);
			const yaml_node_item_t *item;

			if (node->type != YAML_SEQUENCE_NODE)
				break;
			item = node->data.sequence.items.start + entry;
			if (item >= node->data.sequence.items.top)
				break;
			node = yaml_document_get_node(&document, *item);
			line = node->start_mark.line;
			place = end + 1;
		} else {
			const yaml_node_t *key =
				mapping_find(&document, node, place, bytes, &value);

			if (key == NULL)
				break;
			line = key->start_mark.line;
			node = value;
			place += bytes;
		}
	}
	*all = *place == '\0';
	return line;
}

bool scenario_yaml_has(const struct scenario_yaml_file *file, const char *place)
{
	bool all;

	(void)place_line(file, place, &all);
	return all;
}

int scenario_yaml_fail(const struct scenario_yaml_file *file, const char *place, const char *format,
		       ...)
{
	va_list values;
	bool all;

	va_start(values, format);
	(void)line_refuse(file, place_line(file, place, &all), format, values);
	va_end(values);
	return -1;
}

static int check_number(const struct check *check, const cyaml_schema_value_t *schema,
			const char *key, const yaml_node_t *node)
{
	uint64_t max = UINT64_MAX >> (64 - 8 * schema->data_size);
	const char *text = scalar_text(node);
	size_t digits = strspn(text, "0123456789");
	char *end;

	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || digits == 0 ||
	    text[digits] != '\0')
		return refuse(check->file, node->start_mark.line,
			      "%s is '%s', expected a whole number", key, text);
	if (digits > 1 && text[0] == '0')
		return refuse(check->file, node->start_mark.line,
			      "%s is '%s', expected a number without leading zeros", key, text);
	errno = 0;
	if (strtoull(text, &end, 10) > max || errno != 0)
		return refuse(check->file, node->start_mark.line,
			      "%s is %s, expected at most %" PRIu64, key, text, max);
	return 0;
}

/* Digits, and some behind a point if it may have them; a minus if it may be negative. */
static int check_decimal(const struct check *check, const cyaml_schema_value_t *schema,
			 const char *key, const yaml_node_t *node)
{
	const char *text = scalar_text(node), *digits = text;
	bool real = schema->type == CYAML_FLOAT;
	size_t whole, bytes;

	if (!real && *digits == '-')
		digits++;
	whole = bytes = strspn(digits, "0123456789");
	if (real && whole > 0 && digits[whole] == '.' &&
	    strspn(digits + whole + 1, "0123456789") > 0)
		bytes += 1 + strspn(digits + whole + 1, "0123456789");
	if (whole == 0 || whole > 9 || digits[bytes] != '\0' || bytes > 18)
		return refuse(check->file, node->start_mark.line, "%s is '%s', expected %s", key,
			      text, real ? "a number such as 2 or 0.5" : "a whole number");
	return 0;
}

static int check_word(const struct check *check, const cyaml_schema_value_t *schema,
		      const char *key, const yaml_node_t *node)
{
	char words[256] = "";
	size_t used = 0;
	uint32_t count = schema->enumeration.count;

	for (uint32_t i = 0; i < count; i++) {
		const char *word = schema->enumeration.strings[i].str;
		const char *between = i == 0 ? "" : i + 1 == count ? " or " : ", ";

		if (strcmp(word, scalar_text(node)) == 0)
			return 0;
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s", between, word);
		if (used >= sizeof(words))
			break;
	}
	return refuse(check->file, node->start_mark.line, "%s is '%s', expected %s", key,
		      scalar_text(node), words);
}

static int check_scalar(const struct check *check, const cyaml_schema_value_t *schema,
			const char *key, const yaml_node_t *node)
{
	const char *text = scalar_text(node);
	size_t line = node->start_mark.line;

	if (strlen(text) != node->data.scalar.length)
		return refuse(check->file, line, "%s has a zero byte in it, expected text", key);
	if (schema->type == CYAML_UINT)
		return check_number(check, schema, key, node);
	if (schema->type == CYAML_FLOAT || schema->type == CYAML_INT)
		return check_decimal(check, schema, key, node);
	if (schema->type == CYAML_ENUM)
		return check_word(check, schema, key, node);
	if (node->data.scalar.length < schema->string.min)
		return refuse(check->file, line, "%s is empty, expected a text", key);
	if (node->data.scalar.length > schema->string.max)
		return refuse(check->file, line,
			      "%s is too long, expected at most %" PRIu32 " bytes", key,
			      schema->string.max);
	return 0;
}

static const cyaml_schema_field_t *field_find(const cyaml_schema_field_t *fields, const char *key)
{
	for (; fields->key != NULL; fields++) {
		if (strcmp(fields->key, key) == 0)
			return fields;
	}
	return NULL;
}

static int check_key(const struct check *check, const cyaml_schema_value_t *schema,
		     const char *within, const yaml_node_t *mapping, const yaml_node_t *key)
{
	const char *text = scalar_text(key);
	char known[512] = "";
	size_t used = 0;
	yaml_node_t *value;

	if (field_find(schema->mapping.fields, text) != NULL) {
		if (mapping_find(&check->file->document, mapping, text, strlen(text), &value) !=
		    key)
			return refuse(check->file, key->start_mark.line,
				      "%s has a second '%s', expected one", within, text);
		return 0;
	}
	for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key; field++) {
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
					 used == 0 ? "" : ", ", field->key);
		if (used >= sizeof(known))
			break;
	}
	return refuse(check->file, key->start_mark.line,
		      "%s has an unknown key '%s', expected one of %s", within, text, known);
}

static int check_node(const struct check *check, const cyaml_schema_value_t *schema,
		      const char *key, const yaml_node_t *node);

static int check_mapping(const struct check *check, const cyaml_schema_value_t *schema,
			 const char *within, const yaml_node_t *node)
{
	yaml_document_t *document = &check->file->document;
	yaml_node_t *value;

	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(document, pair->key);

		if (key->type != YAML_SCALAR_NODE)
			return refuse(check->file, key->start_mark.line,
				      "%s has a key that is no word, expected one", within);
		if (check_key(check, schema, within, node, key) != 0)
			return -1;
		value = yaml_document_get_node(document, pair->value);
		if (check->seen[pair->value - 1])
			return refuse(check->file, key->start_mark.line,
				      "%s is an alias, expected the value itself",
				      scalar_text(key));
		if (check_node(check, &field_find(schema->mapping.fields, scalar_text(key))->value,
			       scalar_text(key), value) != 0)
			return -1;
		check->seen[pair->value - 1] = true;
	}
	for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key; field++) {
		if ((field->value.flags & CYAML_FLAG_OPTIONAL) == 0 &&
		    mapping_find(document, node, field->key, strlen(field->key), &value) == NULL)
			return refuse(check->file, node->start_mark.line,
				      "%s has no '%s', expected one", within, field->key);
	}
	return 0;
}

static int check_sequence(const struct check *check, const cyaml_schema_value_t *schema,
			  const char *key, const yaml_node_t *node)
{
	size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);

	if (count < schema->sequence.min)
		return refuse(check->file, node->start_mark.line,
			      "%s is an empty list, expected at least one entry", key);
	for (size_t i = 0; i < count; i++) {
		yaml_node_item_t item = node->data.sequence.items.start[i];
		const yaml_node_t *entry = yaml_document_get_node(&check->file->document, item);

		if (i >= schema->sequence.max)
			return refuse(check->file, entry->start_mark.line,
				      "%s has an entry too many, expected at most %" PRIu32, key,
				      schema->sequence.max);
		if (check->seen[item - 1])
			return refuse(check->file, node->start_mark.line,
				      "%s has an alias in it, expected the value itself", key);
		if (check_node(check, schema->sequence.entry, key, entry) != 0)
			return -1;
		check->seen[item - 1] = true;
	}
	return 0;
}

static int check_node(const struct check *check, const cyaml_schema_value_t *schema,
		      const char *key, const yaml_node_t *node)
{
	static const char *const is[] = {
		[YAML_SCALAR_NODE] = "a single value",
		[YAML_SEQUENCE_NODE] = "a list",
		[YAML_MAPPING_NODE] = "a mapping",
	};
	yaml_node_type_t wanted = schema->type == CYAML_MAPPING	   ? YAML_MAPPING_NODE
				  : schema->type == CYAML_SEQUENCE ? YAML_SEQUENCE_NODE
								   : YAML_SCALAR_NODE;

	if (node->type != wanted)
		return refuse(check->file, node->start_mark.line, "%s is %s, expected %s", key,
			      is[node->type], is[wanted]);
	if (wanted == YAML_MAPPING_NODE)
		return check_mapping(check, schema, key, node);
	if (wanted == YAML_SEQUENCE_NODE)
		return check_sequence(check, schema, key, node);
	return check_scalar(check, schema, key, node);
}

static int check_document(struct scenario_yaml_file *file)
{
	const yaml_node_t *root = yaml_document_get_root_node(&file->document);
	struct check check = {.file = file};
	size_t nodes = (size_t)(file->document.nodes.top - file->document.nodes.start);
	int rc;

	if (root == NULL)
		return refuse(file, 0, "file is empty, expected a %s", file->what);
	check.seen = calloc(nodes, sizeof(*check.seen));
	if (check.seen == NULL)
		return refuse(file, 0, "memory is full, expected room for a %s", file->what);
	rc = check_node(&check, file->schema, file->what, root);
	free(check.seen);
	return rc;
}

/* The tree of the only document in the file. */
static int document_load(struct scenario_yaml_file *file)
{
	yaml_document_t second;
	yaml_parser_t parser;
	int rc = -1;

	if (!yaml_parser_initialize(&parser))
		return refuse(file, 0, "memory is full, expected room for a %s", file->what);
	yaml_parser_set_input_string(&parser, file->bytes, file->size_bytes);
	file->has_document = yaml_parser_load(&parser, &file->document) != 0;
	if (!file->has_document) {
		(void)refuse(file, parser.problem_mark.line, "%s, expected YAML",
			     parser.problem != NULL ? parser.problem : "not readable");
		goto out;
	}
	if (!yaml_parser_load(&parser, &second)) {
		(void)refuse(file, parser.problem_mark.line, "%s, expected YAML",
			     parser.problem != NULL ? parser.problem : "not readable");
		goto out;
	}
	const yaml_node_t *root = yaml_document_get_root_node(&second);
	rc = root == NULL ? 0
			  : refuse(file, root->start_mark.line,
				   "a second document begins, expected one in a file");
	yaml_document_delete(&second);
out:
	yaml_parser_delete(&parser);
	return rc;
}

static int bytes_read(struct scenario_yaml_file *file)
{
	FILE *stream = fopen(file->path, "rb");
	int rc = 0;

	if (stream == NULL)
		return refuse(file, 0, "cannot be opened (%s), expected a %s", strerror(errno),
			      file->what);
	file->bytes = malloc(FILE_BYTES_MAX + 1);
	if (file->bytes != NULL)
		file->size_bytes = fread(file->bytes, 1, FILE_BYTES_MAX + 1, stream);
	if (file->bytes == NULL || ferror(stream))
		rc = refuse(file, 0, "cannot be read (%s), expected a %s", strerror(errno),
			    file->what);
	else if (file->size_bytes > FILE_BYTES_MAX)
		rc = refuse(file, 0, "file is too large, expected at most %d bytes",
			    FILE_BYTES_MAX);
	(void)fclose(stream);
	return rc;
}

int scenario_yaml_open_as(struct scenario_yaml_file *file, const char *path,
			  const struct cyaml_schema_value *schema, const char *what)
{
	cyaml_data_t *tree = NULL;
	cyaml_err_t err;

	*file = (struct scenario_yaml_file){.path = path, .schema = schema, .what = what};
	if (bytes_read(file) != 0 || document_load(file) != 0 || check_document(file) != 0)
		return -1;
	err = cyaml_load_data(file->bytes, file->size_bytes, &config, schema, &tree, NULL);
	if (err != CYAML_OK || tree == NULL)
		return refuse(file, 0, "libcyaml says '%s', expected a %s", cyaml_strerror(err),
			      what);
	file->tree = tree;
	return 0;
}

int scenario_yaml_open(struct scenario_yaml_file *file, const char *path)
{
	int rc = scenario_yaml_open_as(file, path, &scenario_schema, "scenario");

	file->root = file->tree;
	return rc;
}

void scenario_yaml_close(struct scenario_yaml_file *file)
{
	if (file->tree != NULL)
		(void)cyaml_free(&config, file->schema, file->tree, 0);
	if (file->has_document)
		yaml_document_delete(&file->document);
	free(file->bytes);
	*file = (struct scenario_yaml_file){0};
}
