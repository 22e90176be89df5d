# The commands of this project. `make help` lists them; docs/operations.md explains them.
START := @sh deploy/local/start.sh

export PORT STATE ONCE WHO ARGS PYTHON COVERAGE EVENTS TIMES OUT DATA MINUTES FUZZ FUZZ_FIRST

.PHONY: help run code test test-foreign campaign fuzz bench growth coverage lint lock clean

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:  ## Start everything, perform the main job, keep serving (PORT=8000 STATE=.state; ONCE=1 stops after the job)
	$(START) deploy.local.run

code:  ## What somebody's authenticator app shows in the demonstration (WHO=signatory@wessex)
	$(START) deploy.local.codes

test:  ## Run the whole suite on services of its own; as root installs the programs it needs (ARGS='tests/unit -k name')
	$(START) deploy.local.testing

coverage: COVERAGE = 1
coverage: test  ## The same, and say how much of the code it reaches

test-foreign: ARGS = tests/foreign
test-foreign:  ## Check the audit trail with Go, and extracts on a Spark cluster (as root installs Debian's Go and Java)
	@FOREIGN=1 sh deploy/local/start.sh --spark deploy.local.testing

campaign: ARGS = tests/campaigns
campaign:  ## Run what takes too long for the suite (docs/campaigns.md)
	@CAMPAIGN=1 sh deploy/local/start.sh --spark deploy.local.testing

fuzz: ARGS = tests/unit/extracts/catalogue/test_fuzz.py tests/unit/extracts/collection/intake/test_fuzz.py
fuzz: FUZZ ?= 20000
fuzz:  ## Spoil files, answers and specifications at random (FUZZ=20000 FUZZ_FIRST=0)
	$(START) deploy.local.testing

bench:  ## How fast the data plane is against plain copies and others (EVENTS=4000000 TIMES=3 ARGS='parquet risk' OUT=file.json DATA=folder)
	$(START) --spark deploy.local.bench

growth:  ## Draw how time and memory grow with the events, after measuring some millions of them (EVENTS='1 4 16 64' DATA=folder)
	$(START) deploy.local.bench growth

lint:  ## Check style, formatting and the import rules
	$(START) deploy.local.lint

lock:  ## Resolve the four lock files anew (requirements*.txt, deploy/requirements-uv.txt)
	$(START) deploy.local.lock

clean:  ## Remove the virtual environment and the state folder with all its data
	$(START) --no-install deploy.local.clean
