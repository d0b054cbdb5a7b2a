#pragma once

#include <filesystem>

#include "apilab/auth/token_store.hpp"

namespace apilab::auth {

/// Tokens in one SQLite file (WAL, synchronous FULL, mode 0600), for a service that keeps the rest
/// of its state in one as well. Locks are files beside it (`FILE.NAME.lock`): a lock of the
/// database would stop all its readers for as long as a token server thinks. Not encrypted.
class SqliteTokenStore final : public TokenStore {
public:
    /// Opens or makes the file; its folder exists. Errors: `io`; `invalid_argument` where others
    /// may read it, or a newer version wrote it.
    [[nodiscard]] static Result<std::unique_ptr<SqliteTokenStore>> open(
        const std::filesystem::path& file);
    ~SqliteTokenStore() override;

    [[nodiscard]] Result<std::optional<StoredTokens>> load(std::string_view name) override;
    [[nodiscard]] Result<void> save(std::string_view name, const StoredTokens& tokens) override;
    [[nodiscard]] Result<void> erase(std::string_view name) override;
    [[nodiscard]] Result<std::vector<std::string>> names() override;
    [[nodiscard]] Result<std::unique_ptr<Lock>> try_lock(std::string_view name) override;

private:
    struct Database;
    SqliteTokenStore(std::filesystem::path file, std::unique_ptr<Database> database);
    std::filesystem::path file_;
    std::unique_ptr<Database> database_;
};

}  // namespace apilab::auth
