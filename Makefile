# The commands of this project. `make help` lists them; docs/operations.md explains them.
START := @sh deploy/local/start.sh

export PORT STATE ONCE ARGS PYTHON COVERAGE

.PHONY: help run test coverage lint lock clean

help:  ## List the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:  ## Start everything, perform the main job, keep serving (PORT=8000 STATE=.state; ONCE=1 stops after the job)
	$(START) deploy.local.run

test:  ## Run the whole suite on services of its own (ARGS='tests/unit -k name')
	$(START) deploy.local.testing

coverage: COVERAGE = 1
coverage: test  ## The same, and say how much of the code it reaches

lint:  ## Check style, formatting and the import rules
	$(START) deploy.local.lint

lock:  ## Resolve requirements.txt, requirements-dev.txt and deploy/requirements-uv.txt anew
	$(START) deploy.local.lock

clean:  ## Remove the virtual environment and the state folder with all its data
	$(START) --no-install deploy.local.clean
