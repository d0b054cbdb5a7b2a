#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/environment.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab {

/// A secret and where it was found.
struct FoundSecret {
    std::string name;
    Secret value;
    /// `environment`, `file /run/secrets/key`, `.env line 3`. Never the value.
    std::string source;

    /// `APILAB_API_KEY  file /run/secrets/key  sha256:ab12cd34`: fit for logs.
    [[nodiscard]] std::string describe() const;
};

/// Where a program finds its secrets. Asked for NAME it takes the first of
///
/// 1. `set(NAME, ...)`, an explicit choice;
/// 2. NAME in the environment;
/// 3. NAME_FILE in the environment: the content of the file that it names, without one line end;
/// 4. NAME, then NAME_FILE, in the `.env` file.
///
/// An empty value counts as not there. Files are read when they are asked for, so that a secret
/// which is replaced while the program runs arrives with the next question; `.env` is read once.
/// Reading blocks the thread.
///
///     SecretSources sources(environment, ".env");
///     auto secrets = sources.require({"APILAB_API_KEY", "APILAB_API_TOKEN"});
///     if (!secrets) { say(secrets.error()); return 2; }   // every missing name at once
class SecretSources {
public:
    /// A secret file has at most so many bytes.
    static constexpr std::size_t file_max = std::size_t{64} << 10U;

    /// `environment` by name; `dotenv` may not exist, empty: none. What is wrong with it is said by
    /// `require` and `find`.
    explicit SecretSources(Environment environment, const std::filesystem::path& dotenv = {});

    /// An explicit value, before all others.
    void set(std::string name, Secret value);
    /// The secret of that name; nothing where it is nowhere. Errors: `invalid_argument` or `io`
    /// for a NAME_FILE that cannot be read, `too_large` for one above `file_max`, those of
    /// `parse_dotenv`.
    [[nodiscard]] Result<std::optional<FoundSecret>> find(const std::string& name) const;
    /// All of them, in that order. Error (`invalid_argument`): one for all that is missing or
    /// unreadable, each named, with what can be done; its detail is the names joined by commas.
    [[nodiscard]] Result<std::vector<FoundSecret>> require(
        const std::vector<std::string>& names) const;

private:
    std::map<std::string, Secret> explicit_;
    Environment environment_;
    struct Kept {
        Secret value;
        std::size_t line = 0;
    };
    std::map<std::string, Kept> dotenv_;
    std::optional<Error> dotenv_error_;
};

}  // namespace apilab
