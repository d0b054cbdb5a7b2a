#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/work/receiver.hpp"

namespace apilab::cli {

/// The senders that `hook listen` takes webhooks of: those that `providers` name
/// (`github=env:NAME`, a name several times while its secret is being changed; `notion` alone waits
/// for the token that Notion sends first), else all whose secret is in the environment
/// (`hook_secret_variable`). Notion's token is kept in `token_file` (mode 0600), and read from
/// there the next time; `hear_token` is called when it comes.
///
/// Error (`invalid_argument`): an unknown sender; none at all, naming the variables; those of
/// `secret_argument`.
[[nodiscard]] Result<std::vector<work::ReceiverEndpoint>> hook_endpoints(
    const std::vector<std::string>& providers, const std::filesystem::path& token_file,
    std::function<void()> hear_token);

}  // namespace apilab::cli
