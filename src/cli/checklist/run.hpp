#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/sandbox/checklist/checklist.hpp"
#include "checklist/answer.hpp"
#include "checklist/observed.hpp"

namespace apilab::cli::checklist {

/// How a checklist is filled in.
struct RunOptions {
    /// The folder with `integrations.toml`.
    std::filesystem::path folder;
    /// Not empty: a service that runs already, of which only what can be asked of it from outside
    /// is known; nothing is started.
    std::string url;
    std::uint64_t seed = 1;
    /// Only these episodes; empty: all that the asked items need.
    std::vector<std::string> episodes;
    /// Nothing is run: only what the folder says is known.
    bool files_only = false;
    /// How many at a time.
    int jobs = 2;
    /// Where journals, logs and reports are kept.
    std::filesystem::path keep;
    /// Told as an episode begins and ends: for a progress bar.
    std::function<void(std::string_view episode, bool over)> progress;
};

/// Runs what there is to run and reads the folder. Real processes, real sockets on loopback; each
/// process is ended with the call. Errors: `invalid_argument` (no manifest, or a wrong one), `io`.
[[nodiscard]] Result<Observed> observe(const RunOptions& options);

/// One line of the filled list.
struct Line {
    sandbox::ChecklistItem item;
    Answer answer;
    /// What a person is asked, for items with an `R`; empty else.
    std::string question;
    /// What somebody has answered.
    std::optional<PersonsAnswer> persons;
};

/// Every item, in the order of the list: not applicable where the manifest says so; what is for a
/// person alone is `open` or `answered`; else what its rule says.
[[nodiscard]] std::vector<Line> fill_in(const std::vector<sandbox::ChecklistItem>& items,
                                        const Observed& seen);

/// How many lines have that state.
[[nodiscard]] std::size_t count(const std::vector<Line>& lines, State state);

}  // namespace apilab::cli::checklist
