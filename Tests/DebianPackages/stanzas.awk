# The stanzas of a configuration: PATTERN, MODE, USER, GROUP, OLDDIR, a line for each pattern, separated by bars. What the log of a
# daemon looks like is what its package wants a new one to look like.
function flush_stanza(    number) {
    for (number = 1; number <= count; number++)
        print patterns[number] "|" mode "|" user "|" group "|" olddir
    count = 0
}
BEGIN { mode = "640"; user = "root"; group = "adm" }
/^[ \t]*#/ { next }
inScript { if ($1 ~ /^endscript/) inScript = 0; next }
!inside {
    line = $0
    opens = sub(/\{.*$/, "", line)
    while (match(line, /"[^"]*"|'[^']*'|[^ \t"']+/)) {
        word = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        gsub(/["']/, "", word)
        if (word ~ /^\// && word !~ /^\/[^\/]*$/ && (first == "" || continues)) patterns[++count] = word
    }
    if (opens) { inside = 1; mode = "640"; user = "root"; group = "adm"; olddir = ""; directory = "" }
    next
}
$1 == "}" { flush_stanza(); inside = 0; next }
$1 ~ /^(prerotate|postrotate|firstaction|lastaction|preremove)$/ { inScript = 1; next }
$1 == "su" { if (user == "root") { user = $2; group = $3 } }
$1 == "create" {
    if ($2 ~ /^[0-7]+$/) { mode = $2; if ($3 != "") user = $3; if ($4 != "") group = $4 }
    else if ($2 != "") { user = $2; if ($3 != "") group = $3 }
}
$1 == "olddir" { olddir = $2 }
