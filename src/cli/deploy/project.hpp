#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/result.hpp"

// What a folder says about how its program is deployed, taken apart for the rules (rules.hpp). Only
// `read_project` touches the disk.
namespace apilab::cli::deploy {

/// One value of a file, under its whole name: `http_service.checks[0].path`.
struct Setting {
    std::string key;
    std::string value;
    std::size_t line = 0;
    /// It stands there as a string: `"10"`, not `10`.
    bool quoted = false;
};

/// fly.toml, railway.json, railway.toml or a systemd unit, as a flat list in the file's order.
struct Settings {
    std::string file;
    std::vector<Setting> all;

    /// The last of that name; null: there is none.
    [[nodiscard]] const Setting* find(std::string_view key) const;
    /// Those whose name is `key` at any place of its lists: `services[].http_checks[].path`.
    [[nodiscard]] std::vector<const Setting*> like(std::string_view key) const;
    /// Is there anything at or below that name, as table or list?
    [[nodiscard]] bool has(std::string_view key) const;
};

/// Error: `decode` with line and reason.
[[nodiscard]] Result<Settings> parse_toml(std::string file, std::string_view text);
[[nodiscard]] Result<Settings> parse_json(std::string file, std::string_view text);
/// Names are `Service.ExecStart`; a name that comes again is there again.
[[nodiscard]] Result<Settings> parse_unit(std::string file, std::string_view text);

/// One instruction of a Dockerfile, its continuation lines joined.
struct Instruction {
    std::size_t line = 0;
    /// In capitals.
    std::string name;
    /// Behind the name, without flags such as `--from=build`.
    std::string text;
    /// `["a", "b"]`: no shell is between the platform and the program.
    bool exec_form = false;
    /// The list of an exec form, else the words of `text`.
    std::vector<std::string> words;
};

struct Dockerfile {
    std::string file;
    std::vector<Instruction> all;

    /// Those of the stage that becomes the image, its FROM first.
    [[nodiscard]] std::vector<const Instruction*> final_stage() const;
    /// The last of that name in the final stage; null: there is none.
    [[nodiscard]] const Instruction* last(std::string_view name) const;
};
/// Error: `decode` where it has no FROM.
[[nodiscard]] Result<Dockerfile> parse_dockerfile(std::string file, std::string_view text);

/// A pair of ENV or ARG, or of `Environment=`.
struct Variable {
    std::string name;
    std::string value;
};
/// `A=1 B="2 3"`, or `A 1` where `name` is ENV.
[[nodiscard]] std::vector<Variable> variables_of(const Instruction& instruction);
[[nodiscard]] std::vector<Variable> variables_of(std::string_view assignments);

struct Text {
    std::string file;
    std::string text;
};

struct Unreadable {
    std::string file;
    std::size_t line = 0;
    std::string reason;
};

struct Project {
    std::optional<Dockerfile> docker;
    std::optional<Settings> fly;
    std::optional<Settings> railway;
    std::vector<Settings> units;
    /// Nothing: there is none.
    std::optional<std::string> dockerignore;
    /// Files beside it that hold secrets by their names: `.env`, `server.key`.
    std::vector<std::string> private_files;
    std::vector<Text> texts;
    std::vector<Unreadable> unreadable;

    [[nodiscard]] bool empty() const { return texts.empty(); }
};

/// Takes apart what has been read; names decide what a text is.
[[nodiscard]] Project make_project(std::vector<Text> texts, std::vector<std::string> private_files);
/// Looks into a folder and its `deploy/`. Files above 1 MiB are `unreadable`. Error:
/// `invalid_argument` where there is no such folder.
[[nodiscard]] Result<Project> read_project(const std::filesystem::path& folder);

/// Does a file of that name hold secrets? `.env` does, `.env.example` does not.
[[nodiscard]] bool names_private_file(std::string_view name);

}  // namespace apilab::cli::deploy
