#pragma once

#include <string>
#include <vector>

#include "apilab/base/secret_source.hpp"
#include "command.hpp"

namespace apilab::cli {

/// What `apilab secrets` is told.
struct SecretsFlags {
    std::vector<std::string> names;
    /// A file that lists names, one a line, with what they are for.
    std::string names_file;
    std::string dotenv = ".env";
    /// NAME_COMMAND is obeyed.
    bool commands = false;
    /// A file that others may read is no warning but an error.
    bool strict = false;
    /// `scan`: a file or a folder.
    std::string path = ".";

    [[nodiscard]] SecretSources sources() const;
};

/// `check`: of each secret, where it is and which one it is. Exit 2 where one is missing or cannot
/// be read.
[[nodiscard]] Result<ExitCode> check_secrets(const SecretsFlags& flags, const Globals& globals);
/// `where`: all places of one name. Exit 2 where it is in none.
[[nodiscard]] Result<ExitCode> find_secret(const SecretsFlags& flags, const Globals& globals);
/// `scan`: secrets in files. Exit 6 where there are some.
[[nodiscard]] Result<ExitCode> scan_for_secrets(const SecretsFlags& flags, const Globals& globals);

/// Those that apilab itself reads; it works without, in part.
[[nodiscard]] std::vector<WantedSecret> own_secrets();

/// What a list of names says: `NAME`, `NAME=` (as in a `.env.example`; a value is not looked at),
/// behind `#` what it is for, there or in the comment lines right above. Errors as `read_file`;
/// `invalid_argument` naming the line for a name that is none.
[[nodiscard]] Result<std::vector<WantedSecret>> read_wanted(const std::string& file);

}  // namespace apilab::cli
