#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/radar/service/config_load.hpp"
#include "apilab/work/store.hpp"
#include "command.hpp"

namespace apilab::cli {

/// What the commands around a running radar are told of its configuration.
struct RadarFlags {
    /// Empty: `RADAR_CONFIG`, else `radar.toml` in the working folder where there is one.
    std::string config;
    std::string store;
    std::string shared;
    /// `ADDRESS:PORT`
    std::string listen;
    std::string schedule;
    std::string log_format;
    /// `NAME=PATH` or `NAME=github:OWNER/NAME[@REF]`
    std::vector<std::string> watches;
    /// `KEY=VALUE`
    std::vector<std::string> settings;
};

/// `--config`, `--store` and `--set`.
void add_radar_flags(CLI::App& command, RadarFlags& flags);
/// These, and what a server is told besides.
void add_radar_serve_flags(CLI::App& command, RadarFlags& flags);

/// Reads the file, the environment and the files that they name; secrets are known to the scrubber
/// from then on. Errors: a file that was asked for cannot be read, `--listen` or `--set` is
/// malformed. What is wrong with the configuration itself is in the result.
[[nodiscard]] Result<radar::ConfigLoad> load_radar_config(const RadarFlags& flags,
                                                          const Globals& globals);
/// The same, where only a whole one helps: each problem is printed. Nothing: there are some.
[[nodiscard]] Result<std::optional<radar::Config>> usable_radar_config(const RadarFlags& flags,
                                                                       const Globals& globals);

/// Opens or makes the store, its folder (0700) too, and brings its schema up to date.
[[nodiscard]] Result<std::unique_ptr<work::Store>> open_radar_store(const radar::Config& config);
/// The same, but looking makes no file: null where there is none.
[[nodiscard]] Result<std::unique_ptr<work::Store>> find_radar_store(const radar::Config& config);

}  // namespace apilab::cli
