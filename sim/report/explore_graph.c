/* The graph of states that a search went through, for Graphviz and for graph programs. */
#include <inttypes.h>
#include <string.h>

#include "sim/report/explore_report.h"

#define EXPLORE_GRAPH_LABEL_BYTES (PLAN_TEXT_BYTES + 64)

/* How a form writes its parts; names in it need no escaping: digits, names of plan and scenario. */
struct explore_graph_form {
	void (*head)(const char *name, FILE *to);
	void (*node)(uint32_t state, uint32_t depth, const char *life, bool rests, FILE *to);
	void (*edge)(uint32_t from, uint32_t to, bool cut, const char *label, FILE *file);
	const char *tail;
};

static void explore_graph_dot_head(const char *name, FILE *to)
{
	fprintf(to, "digraph \"%s\" {\n\tnode [shape=box];\n", name);
}

static void explore_graph_dot_node(uint32_t state, uint32_t depth, const char *life, bool rests,
				   FILE *to)
{
	fprintf(to, "\ts%" PRIu32 " [label=\"%" PRIu32 "\\ncuts %" PRIu32 "\\n%s\"%s];\n", state,
		state, depth, life, rests ? ", peripheries=2" : "");
}

static void explore_graph_dot_edge(uint32_t from, uint32_t to, bool cut, const char *label,
				   FILE *file)
{
	fprintf(file, "\ts%" PRIu32 " -> s%" PRIu32 " [label=\"%s\"%s];\n", from, to, label,
		cut ? ", style=dashed" : "");
}

static void explore_graph_graphml_head(const char *name, FILE *to)
{
	static const struct {
		const char *name, *of, *type;
	} keys[] = {{"cuts", "node", "int"},
		    {"life", "node", "string"},
		    {"rest", "node", "boolean"},
		    {"kind", "edge", "string"},
		    {"label", "edge", "string"}};

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
	      to);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		fprintf(to, " <key id=\"%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\"/>\n",
			keys[i].name, keys[i].of, keys[i].name, keys[i].type);
	fprintf(to, " <graph id=\"%s\" edgedefault=\"directed\">\n", name);
}

static void explore_graph_graphml_node(uint32_t state, uint32_t depth, const char *life, bool rests,
				       FILE *to)
{
	fprintf(to,
		"  <node id=\"s%" PRIu32 "\"><data key=\"cuts\">%" PRIu32
		"</data><data key=\"life\">%s</data><data key=\"rest\">%s</data></node>\n",
		state, depth, life, rests ? "true" : "false");
}

static void explore_graph_graphml_edge(uint32_t from, uint32_t to, bool cut, const char *label,
				       FILE *file)
{
	fprintf(file,
		"  <edge source=\"s%" PRIu32 "\" target=\"s%" PRIu32
		"\"><data key=\"kind\">%s</data><data key=\"label\">%s</data></edge>\n",
		from, to, cut ? "cut" : "life", label);
}

/* What an undisturbed life comes to. */
static void explore_graph_life(const struct explore *explore, const struct explore_edge *edge,
			       char text[EXPLORE_GRAPH_LABEL_BYTES])
{
	const char *running = "nothing", *end = device_end_name((enum device_end)edge->end);

	if (edge->next == STATES_NONE) {
		snprintf(text, EXPLORE_GRAPH_LABEL_BYTES, "a rule broke or the search was stopped");
		return;
	}
	if (edge->running >= 0)
		running = explore->scene->scenario->releases[edge->running].name;
	snprintf(text, EXPLORE_GRAPH_LABEL_BYTES, "runs %s, %s", running, end);
}

static const struct explore_edge *explore_graph_first(const struct explore *explore, uint32_t state)
{
	static const struct explore_edge none = {.next = STATES_NONE};
	const struct explore_node *node = &explore->nodes[state];

	return node->edges ? &explore->edges[node->edge] : &none;
}

/* How weak cells read in a life: as a plan says it, without the number of the life. */
static void explore_graph_choice(const struct choice *choice, char label[EXPLORE_GRAPH_LABEL_BYTES])
{
	char text[PLAN_TEXT_BYTES];
	struct plan plan = {0};

	if (choice_plan(choice, 1, false, &plan) || !plan.count) {
		snprintf(label, EXPLORE_GRAPH_LABEL_BYTES, "weak cells read after");
		return;
	}
	plan_print(&plan, text);
	snprintf(label, EXPLORE_GRAPH_LABEL_BYTES, "weak cells read %s", strchr(text, ':') + 1);
}

static void explore_graph_edges(const struct explore *explore, uint32_t state,
				const struct explore_graph_form *form, FILE *to)
{
	const struct explore_node *node = &explore->nodes[state];
	char label[EXPLORE_GRAPH_LABEL_BYTES];

	for (uint32_t i = 0; i < node->edges; i++) {
		const struct explore_edge *edge = &explore->edges[node->edge + i];

		if (edge->next == STATES_NONE)
			continue;
		if (edge->weak_reads)
			explore_graph_choice(&edge->choice, label);
		else
			snprintf(label, sizeof(label), "undisturbed");
		form->edge(state, edge->next, false, label, to);
	}
	if (node->by != EXPLORE_LIFE) {
		struct plan cut = {0};

		if (node->by == EXPLORE_CUT)
			(void)explore_plan_cut(&cut, node->op, &node->extent);
		else
			(void)explore_plan_flip(node, &cut);
		plan_print(&cut, label);
		form->edge(node->parent, state, true, label, to);
	}
}

static int explore_graph(const struct explore_report *report, const struct explore_graph_form *form,
			 FILE *to)
{
	const struct explore *explore = report->explore;
	uint32_t count = states_count(explore->states);
	char life[EXPLORE_GRAPH_LABEL_BYTES];

	form->head(explore->scene->scenario->name, to);
	for (uint32_t i = 0; i < count; i++) {
		const struct explore_edge *edge = explore_graph_first(explore, i);

		explore_graph_life(explore, edge, life);
		form->node(i, explore->nodes[i].depth, life, edge->next == i, to);
	}
	for (uint32_t i = 0; i < count; i++)
		explore_graph_edges(explore, i, form, to);
	return fputs(form->tail, to) == EOF ? -1 : 0;
}

int explore_graph_dot(const struct explore_report *report, FILE *to)
{
	static const struct explore_graph_form form = {
		explore_graph_dot_head, explore_graph_dot_node, explore_graph_dot_edge, "}\n"};

	return explore_graph(report, &form, to);
}

int explore_graph_graphml(const struct explore_report *report, FILE *to)
{
	static const struct explore_graph_form form = {
		explore_graph_graphml_head, explore_graph_graphml_node, explore_graph_graphml_edge,
		" </graph>\n</graphml>\n"};

	return explore_graph(report, &form, to);
}
