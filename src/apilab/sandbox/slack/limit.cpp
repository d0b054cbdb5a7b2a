// What `[limits.slack]` of a scenario needs: a limit is for a method and a workspace.

#include "apilab/sandbox/internal/limit_bucket.hpp"
#include "apilab/sandbox/slack/call.hpp"
#include "apilab/sandbox/slack/provider.hpp"

namespace apilab::sandbox::slack {

std::string SlackProvider::limit_bucket(const Incoming& incoming) const {
    const auto call = read_call(incoming, true);
    return internal::credential_bucket(call.token, call.method);
}

}  // namespace apilab::sandbox::slack
