#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/environment.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/secret.hpp"

namespace apilab {

/// A secret and where it was found.
struct FoundSecret {
    std::string name;
    Secret value;
    /// `given`, `environment`, `file /run/secrets/key`, `.env line 3`, `command pass`. Never the
    /// value.
    std::string source;
    /// What is not as it should be and no reason to stop: others may read the file; the value is
    /// too short to be looked for in what is printed (`Scrubber::value_min`).
    std::vector<std::string> warnings = {};
    /// When the file that it came from was written.
    std::optional<SystemTime> written = {};

    /// `APILAB_API_KEY  file /run/secrets/key  sha256:ab12cd34`: fit for logs.
    [[nodiscard]] std::string describe() const;
};

/// A secret that a program needs.
struct WantedSecret {
    std::string name;
    /// What it is for, in a few words: for whoever has to get it. May be empty.
    std::string purpose;
};

struct SecretSourcesOptions {
    /// A file that others may read is an error instead of a warning. (Platforms mount secrets with
    /// mode 0444 into a container where nobody else is.)
    bool strict = false;
    /// NAME_COMMAND is obeyed where it is set. Off by default: whoever can write the environment or
    /// `.env` of a program would else start programs with it.
    bool commands = false;
    /// What is found is added to it, so that no sink shows it. Null: to none.
    Scrubber* scrubber = &Scrubber::of_process();
};

/// Where a program finds its secrets. Asked for NAME it takes the first of
///
/// 1. `set(NAME, ...)`, an explicit choice;
/// 2. NAME in the environment;
/// 3. NAME_FILE in the environment: the content of the file that it names, without one line end;
/// 4. NAME, then NAME_FILE, in the `.env` file;
/// 5. what a command prints, without one line end: that of `set_command(NAME, ...)`, or where
///    `SecretSourcesOptions::commands` allows it NAME_COMMAND in the environment, then in `.env`.
///    It is started without a shell (`split_command`) with the environment of this process, and
///    has 10 s and 64 KiB (`CommandLimits`); a code other than 0 is an error that names the code
///    and nothing that it printed.
///
/// An empty value counts as not there. Files are read and commands are run when they are asked for,
/// so that a secret which is replaced while the program runs arrives with the next question.
/// Asking blocks the thread.
///
///     SecretSources sources(environment, ".env");
///     auto secrets = sources.require({{"APILAB_API_KEY", "the orders API"},
///                                     {"APILAB_API_TOKEN", "uploads"}});
///     if (!secrets) { say(secrets.error()); return 2; }   // every missing name at once
class SecretSources {
public:
    /// A secret file has at most so many bytes.
    static constexpr std::size_t file_max = std::size_t{64} << 10U;

    /// `environment` by name; `dotenv` may not exist, empty: none. What is wrong with it is said by
    /// `require` and `find`.
    explicit SecretSources(Environment environment, std::filesystem::path dotenv = {},
                           SecretSourcesOptions options = {});

    /// An explicit value, before all others.
    void set(std::string name, Secret value);
    /// A command, after all others but NAME_COMMAND. It needs no permission: the program said it.
    void set_command(std::string name, std::string line);

    /// The secret of that name; nothing where it is nowhere. Errors: `invalid_argument` or `io`
    /// for a NAME_FILE that cannot be read, `too_large` for one above `file_max`, those of
    /// `parse_dotenv`, `split_command` and `run_command`, `io` for a command that ended with
    /// another code than 0.
    [[nodiscard]] Result<std::optional<FoundSecret>> find(const std::string& name) const;
    /// All of them, in that order. Error (`invalid_argument`): one for all that is missing or
    /// unreadable, each named with what it is for and with what can be done; its detail is the
    /// names joined by commas.
    [[nodiscard]] Result<std::vector<FoundSecret>> require(
        std::span<const WantedSecret> wanted) const;
    [[nodiscard]] Result<std::vector<FoundSecret>> require(
        std::initializer_list<WantedSecret> wanted) const;
    [[nodiscard]] Result<std::vector<FoundSecret>> require(
        const std::vector<std::string>& names) const;

    /// A place where a name was looked for.
    struct Place {
        /// `environment APILAB_API_KEY_FILE`, `.env`, ...
        std::string place;
        Result<std::optional<FoundSecret>> found;
    };
    /// All places in order of precedence: the first that has something, or cannot be read, is what
    /// `find` gives. A command is only run where nothing comes before it.
    [[nodiscard]] std::vector<Place> places(const std::string& name) const;

private:
    struct Dotenv;
    using Found = Result<std::optional<FoundSecret>>;
    [[nodiscard]] Dotenv read_dotenv() const;
    [[nodiscard]] Found in_environment(const std::string& name) const;
    [[nodiscard]] Found in_dotenv(const Dotenv& dotenv, const std::string& name) const;
    [[nodiscard]] Found from_file(const std::string& name, const std::string& path) const;
    [[nodiscard]] std::string command_of(const Dotenv& dotenv, const std::string& name) const;
    [[nodiscard]] Found from_command(const std::string& name, const std::string& line) const;
    [[nodiscard]] std::vector<Place> places(const Dotenv& dotenv, const std::string& name,
                                            bool all) const;
    [[nodiscard]] Found find(const Dotenv& dotenv, const std::string& name) const;

    std::map<std::string, Secret, std::less<>> explicit_;
    std::map<std::string, std::string, std::less<>> commands_;
    Environment environment_;
    std::filesystem::path dotenv_;
    SecretSourcesOptions options_;
};

/// Does a variable hold a secret, as names go (`API_KEY`, `GITHUB_TOKEN`, `npm_config__authToken`)?
/// `..._FILE`, `..._URL`, `..._ID` and the like say where something is or what it is called.
[[nodiscard]] bool variable_names_a_secret(std::string_view name);
/// Adds the values of such variables, and the password of an address that has one
/// (`HTTPS_PROXY=http://user:password@host`).
void add_secrets(Scrubber& scrubber, const Environment& environment);

}  // namespace apilab
