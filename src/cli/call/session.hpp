#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/result.hpp"
#include "apilab/client/cookie_jar.hpp"
#include "apilab/http/url.hpp"

namespace apilab::cli {

/// What is kept of the calls to one host under one name: cookies, and the headers that were given.
/// A header with a secret is kept as it was typed (`Bearer env:TOKEN`): where the secret is, never
/// what it is. Cookies have to be kept as they are, so the file is for its owner alone.
///
/// One JSON file, replaced as a whole; of two calls at the same time the last one's stays.
class Session {
public:
    static constexpr std::size_t file_max = std::size_t{4} << 20U;
    static constexpr std::size_t headers_max = 200;

    /// An empty one where there is no file. Errors: `invalid_argument` for a bad name, a file that
    /// others may read or that is no session; `io`.
    [[nodiscard]] static Result<Session> open(const std::string& name, const http::Url& url);
    [[nodiscard]] static Result<Session> read(const std::filesystem::path& file);

    /// As they were typed.
    using Headers = std::vector<std::pair<std::string, std::string>>;
    [[nodiscard]] const Headers& headers() const { return headers_; }
    /// Replaces one. Those that belong to one body or one document are left out (`Content-...`,
    /// `If-...`), as HTTPie does.
    void keep(std::string_view name, std::string typed);
    void forget(std::string_view name);

    [[nodiscard]] const std::vector<client::Cookie>& cookies() const { return cookies_; }
    void cookies(std::vector<client::Cookie> cookies) { cookies_ = std::move(cookies); }

    [[nodiscard]] Result<void> save() const;
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

private:
    explicit Session(std::filesystem::path file) : file_(std::move(file)) {}
    std::filesystem::path file_;
    Headers headers_;
    std::vector<client::Cookie> cookies_;
};

/// `APILAB_SESSIONS`, else `apilab/sessions` in the user's state folder. Error: there is none.
[[nodiscard]] Result<std::filesystem::path> session_folder();
/// `SESSIONS/example.org_443/NAME.json`. Error: `invalid_argument` for a name that is not 1 to 64
/// letters, digits, `-`, `_` and dots (not at the beginning).
[[nodiscard]] Result<std::filesystem::path> session_file(const std::string& name,
                                                         const http::Url& url);

}  // namespace apilab::cli
