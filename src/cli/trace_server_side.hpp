#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/observe/server_side.hpp"
#include "apilab/observe/story.hpp"

namespace apilab::cli {

/// What the sandbox saw of a call's attempts, from its journal (`apilab sandbox journal`, NDJSON).
///
/// An attempt and a row belong together by the span in `traceparent`, else by `x-request-id` with
/// method and path; of several rows that fit, the one nearest in time by the calendar, since ids of
/// calls begin anew with each process. No row is used twice. Error: `decode`, a line that is no
/// JSON.
[[nodiscard]] Result<std::vector<observe::ServerSide>> server_side_of(
    const observe::Story& story, std::string_view journal_ndjson);

/// The same from the running sandbox: its journal at `APILAB_ADMIN_URL`, with
/// `APILAB_ADMIN_TOKEN`. Empty where the environment names none. Errors: as of any call.
[[nodiscard]] Result<std::vector<observe::ServerSide>> ask_server_side(const observe::Story& story);

}  // namespace apilab::cli
