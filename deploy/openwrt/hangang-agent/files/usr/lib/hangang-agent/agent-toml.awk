# Makes the agent's TOML of what `uci export hangang` prints. Run by /etc/init.d/hangang-agent, with the spool's file in
# the environment, SPOOL_PATH, where no backslash is more than itself; POSIX awk, with LC_ALL=C.
#
# A value is a text and stays one, whatever is in it: only keys that hold numbers, or true and false, are written bare,
# and only where the value is one. All else is the agent's to judge, which names file, key and remedy.

function fail(message) {
	print "hangang: " message > "/dev/stderr"
	failed = 1
	exit 1
}

# Keys of which the agent wants a number, or true or false; a test holds this to the agent's own settings.
function is_bare(key, value) {
	if (key ~ /^(renews)$/)
		return value ~ /^(true|false)$/
	if (key ~ /(_seconds|_bytes|_frames|_ratio|_at_most|_per_second|_per_day|_per_minute|_clients)$/ ||
	    key ~ /^(attempts|busy_clients|count|expected_status|max_varbinds|port|ports|retries|seconds|seed|streams)$/)
		return value ~ /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/
	return 0
}

function quoted(text,    i, c, out) {
	out = ""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\"" || c == "\\")
			out = out "\\" c
		else if (c in code)
			out = out sprintf("\\u%04X", code[c])
		else
			out = out c
	}
	return "\"" out "\""
}

function written(key, value) {
	return is_bare(key, value) ? value : quoted(value)
}

function end_list() {
	if (list != "")
		print list " = [" items "]"
	list = items = ""
}

function begin(kind) {
	end_list()
	within_spool = kind == "spool"
	is_told = kind != "service" # what procd is told of: the agent knows nothing of it
	if (!is_told)
		return
	if (kind ~ /^(agent|broker|spool|uplink|enrolment|metrics|traps)$/) {
		if (kind in begun)
			fail("two sections of the type " quoted(kind) "; leave one of them")
		begun[kind] = 1
		print "\n[" kind "]"
		if (kind == "spool")
			print "path = " quoted(ENVIRON["SPOOL_PATH"])
	} else if (kind == "source" || kind == "probe")
		print "\n[[" kind "s]]"
	else
		fail("there is no type of section " quoted(kind) "; there are: service, agent, broker, spool, uplink, " \
		     "enrolment, metrics, traps, source, probe")
}

function entry(what, key, value) {
	if (key !~ /^[A-Za-z0-9_]+$/)
		fail("an option cannot be called " quoted(key))
	if (!is_told)
		return
	if (within_spool && key == "path")
		fail("the path of the spool follows from the option spool of the section service")
	if (what == "list" && key == list) {
		items = items ", " written(key, value)
		return
	}
	end_list()
	if (what == "list") {
		list = key
		items = written(key, value)
	} else
		print key " = " written(key, value)
}

# One line of UCI is some words; it ends at a line's end that no quotes enclose.
function line_ends() {
	if (words && word[1] == "config")
		begin(word[2])
	else if (words && (word[1] == "option" || word[1] == "list")) {
		if (words != 3)
			fail("cannot read the " word[1] " " quoted(word[2]))
		entry(word[1], word[2], word[3])
	} else if (words && word[1] != "package")
		fail("cannot read a line that begins with " quoted(word[1]))
	words = 0
}

BEGIN {
	for (i = 1; i < 32; i++)
		code[sprintf("%c", i)] = i
	code[sprintf("%c", 127)] = 127
	within = 0
}

{ text = text $0 "\n" }

END {
	if (failed)
		exit 1
	print "# Made of /etc/config/hangang at each start; what is changed here is lost."
	for (at = 1; at <= length(text); at++) {
		c = substr(text, at, 1)
		if (within == "'") {
			if (c == "'")
				within = 0
			else
				word[words] = word[words] c
		} else if (c == "'") {
			within = c
			if (!is_open)
				word[++words] = ""
			is_open = 1
		} else if (c == " " || c == "\t" || c == "\n") {
			is_open = 0
			if (c == "\n")
				line_ends()
		} else {
			if (!is_open)
				word[++words] = ""
			is_open = 1
			if (c == "\\")
				c = substr(text, ++at, 1) # as in '\'', by which UCI writes an apostrophe
			word[words] = word[words] c
		}
		if (failed)
			exit 1
	}
	if (within)
		fail("a value has no end")
	if (!("spool" in begun))
		begin("spool")
	end_list()
}
