#pragma once

#include <string>
#include <vector>

#include "apilab/http/url.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/task.hpp"

namespace apilab::auth {

/// Shows a page in the person's browser: hands the URL to the first of `programs` that is there (a
/// name is looked for in PATH) and does not fail at once. True where one took it; false where there
/// is none, as on a machine without a screen: then print the URL.
///
/// No shell is involved, and `http::Url` lets only http and https through, so that nothing in a
/// server's answer can become a command. The program gets this process's environment, and none of
/// its files and sockets.
///
/// What still runs after two seconds counts as a browser and is left alone; it stays a child of
/// this process. A cancellation ends the wait (false) and leaves the program alone too.
[[nodiscard]] runtime::Task<bool> open_browser(runtime::Scheduler& scheduler, http::Url url,
                                               std::vector<std::string> programs = {"xdg-open",
                                                                                    "open"});

}  // namespace apilab::auth
