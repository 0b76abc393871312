# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Debian's Prometheus and node_exporter on 127.0.0.1. Sourced, behind tap.sh and loopback.sh; both end with the test.
#   prometheus_bin=DIRECTORY      where both are (scripts/prometheus.sh)

# node_exporter_begin DIRECTORY PORT: serves the files that rmpctl metrics leaves there
# shellcheck disable=SC2154 # prometheus_bin: see above; tmp is tap.sh's
node_exporter_begin() {
	setpriv --pdeathsig KILL "$prometheus_bin/prometheus-node-exporter" --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory="$1" --web.listen-address="127.0.0.1:$2" --log.level=warn >"$tmp/exporter-$2.log" 2>&1 &
}

# prometheus_begin PORT RULES HOST=PORT...: asks each host's node_exporter, every second, or prometheus_interval
prometheus_begin() {
	local target
	prometheus_port=$1
	{
		printf 'global: { scrape_interval: %s, evaluation_interval: 1s }\nrule_files: [ %s ]\n' "${prometheus_interval:-1s}" "$(realpath "$2")"
		printf 'scrape_configs:\n  - job_name: hosts\n    static_configs:\n'
		for target in "${@:3}"; do printf '      - { targets: [ "127.0.0.1:%s" ], labels: { instance: %s } }\n' "${target#*=}" "${target%%=*}"; done
	} >"$tmp/prometheus.yml"
	setpriv --pdeathsig KILL "$prometheus_bin/prometheus" --config.file="$tmp/prometheus.yml" --storage.tsdb.path="$tmp/tsdb" \
		--web.listen-address="127.0.0.1:$1" --log.level=warn >"$tmp/prometheus.log" 2>&1 &
}

# prometheus_says EXPRESSION [QUERY|/PATH]: python's of what Prometheus answers, "d"; of the alerts, or of a query or a path
# of its API
prometheus_says() {
	python3 - "$prometheus_port" "$@" <<-'END'
	import json, sys, urllib.parse, urllib.request
	port, expression, *query = sys.argv[1:]
	what = query[0] if query else "/alerts"
	if what[0] != "/":
	    what = "/query?" + urllib.parse.urlencode({"query": what})
	with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/api/v1{what}", timeout=20) as answer:
	    d = json.load(answer)["data"]
	sys.exit(not eval(expression))
	END
}

# prometheus_has VALUE QUERY: one series, of that value
prometheus_has() { prometheus_says "[float(r['value'][1]) for r in d['result']] == [$1]" "$2"; }

# prometheus_is_quiet HOST: no alert fires for it, nor will unless something changes; those that do are told
prometheus_is_quiet() {
	prometheus_says "[print(a['labels']['alertname'], a['state']) for a in d['alerts'] if a['labels']['instance'] == '$1'] == []" >"$tmp/out"
}

# prometheus_fires HOST ALERT...: these fire for it, and no other
prometheus_fires() {
	prometheus_says "sorted(a['labels']['alertname'] for a in d['alerts'] if a['state'] == 'firing' and a['labels']['instance'] == '$1') == sorted('${*:2}'.split())"
}
