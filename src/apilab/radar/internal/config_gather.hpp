#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/radar/service/config_load.hpp"

namespace apilab::radar::internal {

/// A text as somebody gave it.
struct GivenText {
    std::vector<std::string> texts;
    /// It was written as a list: TOML's. Else it is one text.
    bool is_list = false;
    std::string origin;
};

struct GivenSecret {
    Secret value;
    std::string origin;
};

struct GivenWatch {
    Watch watch;
    std::string origin;
};

/// All that was given, each from the first place that says something, before it is judged.
struct GivenConfig {
    std::map<std::string, GivenText, std::less<>> texts;
    std::map<std::string, std::vector<GivenSecret>, std::less<>> secrets;
    std::vector<GivenWatch> watches;
    std::vector<Error> problems;
};

[[nodiscard]] GivenConfig gather_config(const ConfigSources& sources);

/// The file's part of it: into what is empty so far.
void gather_toml(const ConfigSources& sources, GivenConfig& given);

/// `radar.toml:3: slack.channel: ...`
[[nodiscard]] Error config_problem(std::string_view origin, std::string_view key,
                                   std::string_view what, std::string remedy);
/// What can be done about a secret that stands where it may not.
[[nodiscard]] std::string secret_remedy(const ConfigKey& key);
/// The secret in that file, without one line end. Error: `invalid_argument`, where there is none.
[[nodiscard]] Result<std::string> secret_in(const ConfigSources& sources, const std::string& path);

}  // namespace apilab::radar::internal
