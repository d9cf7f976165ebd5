//! The binary `zoom-connector`: everything is in the library, beginning with its command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    connector_server::cli::main()
}
