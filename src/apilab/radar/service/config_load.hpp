#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/environment.hpp"
#include "apilab/base/error.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"
#include "apilab/radar/service/config.hpp"
#include "apilab/radar/service/config_keys.hpp"

namespace apilab::radar {

/// A value that did not come from the file or the environment.
struct ConfigGiven {
    /// The key's name, or `watch`: `NAME=PATH` or `NAME=github:OWNER/NAME[@REF]`.
    std::string key;
    std::string value;
    /// `--store`, for messages.
    std::string origin;
};

/// What a configuration is made of. Nothing else is looked at.
struct ConfigSources {
    /// TOML; at most `config_text_max` bytes.
    std::string_view text;
    /// What messages call it: `radar.toml`.
    std::string file = "radar.toml";
    Environment environment;
    /// Before all others.
    std::vector<ConfigGiven> flags;
    /// Where nothing else was said, before the default: the registry that npm is configured for.
    std::vector<ConfigGiven> otherwise;
    /// Reads what `..._FILE` and `..._file` name. Null: none can be read.
    std::function<Result<std::string>(const std::string& path)> read_file;
};
inline constexpr std::size_t config_text_max = std::size_t{1} << 20U;

/// A setting in force.
struct ConfigValue {
    std::string name;
    /// Fit to be shown: of a secret its fingerprint. Empty: it is not set.
    std::string value;
    /// `--store`, `environment RADAR_STORE`, `radar.toml:3`, `default`; `-` where it is not set.
    std::string origin;
};

struct ConfigLoad {
    /// Nothing where there are problems.
    std::optional<Config> config;
    /// One for each key, in the table's order, then one for each watch.
    std::vector<ConfigValue> values;
    /// All of them, not the first alone: `invalid_argument`, the message with the place and what
    /// would be right, the detail the key, the remedy what to do. No secret is in them.
    std::vector<Error> problems;
    /// What is no mistake, and yet to be known.
    std::vector<std::string> notes;
};

/// Reads flags, then environment, then file, then what is said otherwise, then defaults: the first
/// that says something counts, for each key by itself.
///
/// Secrets come from the environment (`RADAR_SLACK_TOKEN`), from a file that it names
/// (`RADAR_SLACK_TOKEN_FILE`) or that the TOML names (`slack.token_file`), and from nowhere else:
/// in a flag or in the TOML they are refused. `RADAR_GITHUB_WEBHOOK_SECRET_2` and `_3` stand beside
/// the first while it is being changed.
///
/// Refused besides what `config_keys()` says: unknown keys and variables close to a known one (each
/// with what was probably meant), a project twice, a dashboard that strangers could open without a
/// token, ids that are forgotten while their sender may send again, a token over plain http to
/// another machine, and sinks of which a part is missing. Pure but for `read_file`.
[[nodiscard]] ConfigLoad load_config(const ConfigSources& sources);

/// All secrets of it: for a scrubber.
[[nodiscard]] std::vector<Secret> secrets_of(const Config& config);
/// Is it an address that only this machine reaches?
[[nodiscard]] bool is_loopback(std::string_view address);
/// How long it answers while it is not ready any more: `Config::drain`, else 300 ms, and nothing on
/// loopback, where no router has to learn anything; never longer than the grace.
[[nodiscard]] Duration drain_of(const Config& config);
/// The path of `sqlite:PATH`; nothing: it is another store.
[[nodiscard]] std::optional<std::string> sqlite_path(const Config& config);

}  // namespace apilab::radar
