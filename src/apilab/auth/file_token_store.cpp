#include "apilab/auth/file_token_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "apilab/auth/internal/held_file.hpp"
#include "apilab/auth/internal/stored_tokens.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/file_lock.hpp"
#include "apilab/base/try.hpp"

namespace apilab::auth {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view ending = ".json";
constexpr auto others = fs::perms::group_all | fs::perms::others_all;
constexpr auto others_write = fs::perms::group_write | fs::perms::others_write;

Error io_error(const fs::path& path, const std::error_code& code) {
    return {ErrorKind::io, fmt::format("{}: {}", path.string(), code.message())};
}

// Whatever stands there and is no file of ours stays as it is.
Result<std::optional<StoredTokens>> read(const fs::path& path) {
    std::error_code code;
    const auto status = fs::symlink_status(path, code);
    if (status.type() == fs::file_type::not_found) {
        return std::nullopt;
    }
    if (status.type() == fs::file_type::regular &&
        (status.permissions() & others) != fs::perms::none) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: others may read it (mode {:04o})", path.string(),
                                      static_cast<unsigned>(status.permissions())))
                        .with_remedy("take its tokens for known: revoke them, then chmod 600"));
    }
    APILAB_TRY(const auto text, read_file(path, FileTokenStore::file_max));
    auto stored = internal::read_stored_tokens(text);
    if (!stored) {
        return fail(std::move(stored).error().in(path.string()));
    }
    return *std::move(stored);
}

}  // namespace

Result<std::unique_ptr<FileTokenStore>> FileTokenStore::open(const fs::path& folder) {
    std::error_code code;
    if (!fs::exists(folder, code)) {
        fs::create_directories(folder, code);
        if (!code) {
            fs::permissions(folder, fs::perms::owner_all, code);
        }
        if (code) {
            return fail(io_error(folder, code));
        }
    }
    const auto status = fs::status(folder, code);
    if (status.type() != fs::file_type::directory) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("{}: not a folder for tokens", folder.string()));
    }
    if ((status.permissions() & others_write) != fs::perms::none) {
        return fail(Error(ErrorKind::invalid_argument,
                          fmt::format("{}: others may write in it", folder.string()))
                        .with_remedy("chmod 700"));
    }
    return std::unique_ptr<FileTokenStore>(new FileTokenStore(folder));
}

fs::path FileTokenStore::file(std::string_view name, std::string_view end) const {
    return folder_ / fmt::format("{}{}", name, end);
}

Result<std::optional<StoredTokens>> FileTokenStore::load(std::string_view name) {
    APILAB_CHECK(check_token_name(name));
    return read(file(name, ending));
}

Result<void> FileTokenStore::save(std::string_view name, const StoredTokens& tokens) {
    APILAB_CHECK(check_token_name(name));
    const auto path = file(name, ending);
    APILAB_TRY([[maybe_unused]] const auto known, read(path));
    return write_file_atomically(path, internal::write_stored_tokens(tokens));
}

Result<void> FileTokenStore::erase(std::string_view name) {
    APILAB_CHECK(check_token_name(name));
    std::error_code code;
    fs::remove(file(name, ending), code);
    if (code) {
        return fail(io_error(file(name, ending), code));
    }
    // The lock's file stays: somebody may hold it.
    return {};
}

Result<std::vector<std::string>> FileTokenStore::names() {
    std::vector<std::string> all;
    std::error_code code;
    for (auto entry = fs::directory_iterator(folder_, code); !code && entry != fs::end(entry);
         entry.increment(code)) {
        const auto& path = entry->path();
        if (path.extension() == ending && check_token_name(path.stem().string())) {
            all.push_back(path.stem().string());
        }
    }
    if (code) {
        return fail(io_error(folder_, code));
    }
    std::ranges::sort(all);
    return all;
}

Result<std::unique_ptr<TokenStore::Lock>> FileTokenStore::try_lock(std::string_view name) {
    APILAB_CHECK(check_token_name(name));
    APILAB_TRY(auto lock, FileLock::try_lock(file(name, ".lock")));
    if (!lock) {
        return nullptr;
    }
    return std::make_unique<internal::HeldFile>(*std::move(lock));
}

}  // namespace apilab::auth
