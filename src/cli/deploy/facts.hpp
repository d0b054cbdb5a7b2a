#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deploy/rules.hpp"

// What several rules want to know of a project, and how they tell what they found.
namespace apilab::cli::deploy {

class Report {
public:
    void add(std::string_view id, std::string file, std::size_t line, std::string what);
    void add(std::string_view id, const Settings& settings, const Setting* at, std::string what) {
        add(id, settings.file, at != nullptr ? at->line : 1, std::move(what));
    }
    [[nodiscard]] std::vector<Finding> sorted() &&;

private:
    std::vector<Finding> findings_;
};

/// Where something is said: for findings that compare two files.
struct Said {
    std::string value;
    std::string file;
    std::size_t line = 0;
};

/// Lines that start the program, in whatever file.
[[nodiscard]] std::vector<Said> commands_of(const Project& project);
/// `ENV`, `[env]` and `Environment=`.
struct SaidVariable {
    Variable variable;
    std::string file;
    std::size_t line = 0;
};
[[nodiscard]] std::vector<SaidVariable> environment_of(const Project& project);

struct Facts {
    /// How long the program takes to end, and who says so.
    std::optional<Duration> grace;
    std::string grace_from;
    /// The port that the image listens on unless it is told another.
    std::optional<Said> port;
    /// Something in it acts by the clock, so that it may not sleep.
    std::optional<Said> scheduler;
    /// The file that it keeps its data in (`sqlite:/data/radar.db`).
    std::optional<Said> store;
    /// A database elsewhere: nothing of its data is on its own disk.
    bool store_elsewhere = false;
};
[[nodiscard]] Facts facts_of(const Project& project, const CheckOptions& options);

/// `60`, `"60"`, `5s`, `2m`: seconds where there is no unit.
[[nodiscard]] std::optional<Duration> seconds_of(std::string_view value);
/// Does a health check of that path depend on others? Nothing where it does not, else why.
[[nodiscard]] std::optional<std::string> asks_others(std::string_view path);
/// Why a started line keeps signals from the program; nothing where it does not.
[[nodiscard]] std::optional<std::string> eats_signals(const std::vector<std::string>& words);
[[nodiscard]] std::optional<std::string> eats_signals(std::string_view line);
/// Is that value a secret that stands there in the open?
[[nodiscard]] bool is_open_secret(const Variable& variable);
/// Is a path below a folder, or the folder itself?
[[nodiscard]] bool is_below(std::string_view path, std::string_view folder);

void check_common(const Project& project, const Facts& facts, Report& report);
void check_docker(const Project& project, const Facts& facts, Report& report);
void check_fly(const Settings& fly, const Facts& facts, Report& report);
void check_railway(const Project& project, const Facts& facts, Report& report);
void check_unit(const Settings& unit, const Facts& facts, Report& report);

}  // namespace apilab::cli::deploy
