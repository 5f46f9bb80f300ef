# The commands people type. `just` lists them; install it with `pip install rust-just`, or read and type them yourself.

# list the recipes
default:
    @just --list

# play three candidates on this machine; no account
demo *args:
    cargo demo {{ args }}

# start the demo and leave it running, with URLs and curl lines
serve *args:
    cargo demo --serve {{ args }}

# all tests, or some: just test -p connector-core
test *args:
    cargo test {{ args }}

# what CI checks without running a test
lint:
    .ci/run tools fmt typos words deny template checkov clippy doc

# everything that CI runs, or some stages: just ci tools build
ci *stages:
    .ci/run {{ stages }}

# the operators' command line: just connector doctor --local
connector *args:
    cargo run --quiet --package connector-cli --bin connector -- {{ args }}

# the long runs of crash matrix, model checker and histories
proofs-long:
    CRASH_MATRIX=long cargo test --test crash_matrix -- --nocapture
    MODEL_LONG=1 cargo test --test model wider_bounds -- --nocapture
    HISTORIES=50000 HISTORIES_FROM=1000000 cargo test --test histories many -- --nocapture

# build the six functions for Lambda and the stack: just build prod
build stage="dev":
    sam build --config-env {{ stage }}

# build and deploy into the account of your AWS credentials: just deploy prod
deploy stage="dev": (build stage)
    sam deploy --config-env {{ stage }}
