#pragma once

#include <map>
#include <set>

#include "apilab/auth/token_store.hpp"

namespace apilab::auth {

/// Tokens that live as long as this object: for tests, and for several sources in one process.
class MemoryTokenStore final : public TokenStore {
public:
    [[nodiscard]] Result<std::optional<StoredTokens>> load(std::string_view name) override;
    [[nodiscard]] Result<void> save(std::string_view name, const StoredTokens& tokens) override;
    [[nodiscard]] Result<void> erase(std::string_view name) override;
    [[nodiscard]] Result<std::vector<std::string>> names() override;
    [[nodiscard]] Result<std::unique_ptr<Lock>> try_lock(std::string_view name) override;

private:
    std::map<std::string, StoredTokens, std::less<>> entries_;
    std::set<std::string, std::less<>> locked_;
};

}  // namespace apilab::auth
