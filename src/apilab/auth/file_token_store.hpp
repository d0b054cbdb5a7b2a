#pragma once

#include <filesystem>

#include "apilab/auth/token_store.hpp"

namespace apilab::auth {

/// Tokens in a folder, one file an entry: `NAME.json`, mode 0600, replaced by a rename, beside an
/// empty `NAME.lock`. They are not encrypted: who may read the folder as this user has them.
///
///     APILAB_TRY(auto store, FileTokenStore::open(state_folder / "tokens"));
///     options.store = store.get();
class FileTokenStore final : public TokenStore {
public:
    /// One file has at most so many bytes.
    static constexpr std::size_t file_max = std::size_t{256} << 10U;

    /// Makes the folder and those above it (mode 0700) where they are missing. Errors: `io`;
    /// `invalid_argument` where it is no folder or others may write in it.
    [[nodiscard]] static Result<std::unique_ptr<FileTokenStore>> open(
        const std::filesystem::path& folder);

    [[nodiscard]] Result<std::optional<StoredTokens>> load(std::string_view name) override;
    [[nodiscard]] Result<void> save(std::string_view name, const StoredTokens& tokens) override;
    [[nodiscard]] Result<void> erase(std::string_view name) override;
    [[nodiscard]] Result<std::vector<std::string>> names() override;
    [[nodiscard]] Result<std::unique_ptr<Lock>> try_lock(std::string_view name) override;

private:
    explicit FileTokenStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
    [[nodiscard]] std::filesystem::path file(std::string_view name, std::string_view ending) const;
    std::filesystem::path folder_;
};

}  // namespace apilab::auth
