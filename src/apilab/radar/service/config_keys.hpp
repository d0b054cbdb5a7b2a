#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace apilab::radar {

/// How a setting is written.
enum class ConfigType : std::uint8_t {
    text,
    number,
    /// `true` or `false`.
    truth,
    /// `90s`, `15m`, `30d`.
    duration,
    /// `64MiB`, `1GiB`, `0`.
    size,
    /// One of `ConfigKey::choices`.
    choice,
    /// A TOML list of texts; in a variable or flag separated by commas.
    list,
    url,
    /// A numeric address.
    address,
    /// As `work::Schedule` reads it.
    schedule,
    /// `22:00-07:00 Europe/Berlin`.
    quiet_hours,
    /// An address that may hold a password; then it is a secret.
    store,
    secret,
    /// Up to `secrets_max`, while one is being changed.
    secrets,
};

/// One setting: all that is said about it, in one place. Documents, messages and the loader read it
/// here.
struct ConfigKey {
    /// Its path in TOML: `slack.channel`.
    std::string_view name;
    ConfigType type = ConfigType::text;
    /// As it would be written; empty: it is not set.
    std::string_view fallback;
    /// The range: a number, seconds of a duration, bytes of a size, a text or a secret, entries of
    /// a list.
    std::int64_t low = 0;
    std::int64_t high = 0;
    /// Separated by `, `.
    std::string_view choices;
    /// Of the environment, the first that is set; the first of them is the setting's own. Of
    /// secrets also with `_FILE`.
    std::array<std::string_view, 3> variables;
    std::string_view purpose;
};

/// All of them, in the order in which they are shown.
[[nodiscard]] std::span<const ConfigKey> config_keys();
/// Null: there is none of that name.
[[nodiscard]] const ConfigKey* find_config_key(std::string_view name);

/// Secrets of one sender at a time: `NAME`, `NAME_2`, `NAME_3`.
inline constexpr std::size_t secrets_max = 3;
/// It may stand in the environment or in a file of its own, and nowhere else.
[[nodiscard]] bool is_secret(const ConfigKey& key);
/// It may be named by a file: `_FILE` behind its variables, `_file` behind its name in TOML.
[[nodiscard]] bool has_file(const ConfigKey& key);
/// What would be right, in words: `a duration from 1m to 1d`.
[[nodiscard]] std::string expected(const ConfigKey& key);
/// All variables that are read for it: `RADAR_SLACK_TOKEN`, `RADAR_SLACK_TOKEN_FILE`, ...
[[nodiscard]] std::vector<std::string> variables_of(const ConfigKey& key);

/// A key of `[[watch]]`.
struct WatchKey {
    std::string_view name;
    std::string_view fallback;
    std::string_view purpose;
};
[[nodiscard]] std::span<const WatchKey> watch_keys();

/// Markdown tables of all of it, for docs/explain/radar-config.md.
[[nodiscard]] std::string config_reference();

}  // namespace apilab::radar
