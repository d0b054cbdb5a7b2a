#include "checklist/run.hpp"

namespace apilab::cli::checklist {

Result<Observed> observe(const RunOptions& /*options*/) {
    return fail(ErrorKind::invalid_argument, "running a checklist is not there yet");
}

}  // namespace apilab::cli::checklist
