#include "apilab/auth/memory_token_store.hpp"

#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::auth {

namespace {

class MemoryLock final : public TokenStore::Lock {
public:
    MemoryLock(std::set<std::string, std::less<>>& locked, std::string name)
        : locked_(locked), name_(std::move(name)) {
        locked_.insert(name_);
    }
    ~MemoryLock() override { locked_.erase(name_); }

private:
    std::set<std::string, std::less<>>& locked_;
    std::string name_;
};

}  // namespace

Result<std::optional<StoredTokens>> MemoryTokenStore::load(std::string_view name) {
    APILAB_CHECK(check_token_name(name));
    const auto found = entries_.find(name);
    return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

Result<void> MemoryTokenStore::save(std::string_view name, const StoredTokens& tokens) {
    APILAB_CHECK(check_token_name(name));
    entries_.insert_or_assign(std::string(name), tokens);
    return {};
}

Result<void> MemoryTokenStore::erase(std::string_view name) {
    APILAB_CHECK(check_token_name(name));
    if (const auto found = entries_.find(name); found != entries_.end()) {
        entries_.erase(found);
    }
    return {};
}

Result<std::vector<std::string>> MemoryTokenStore::names() {
    std::vector<std::string> all;
    all.reserve(entries_.size());
    for (const auto& [name, tokens] : entries_) {
        all.push_back(name);
    }
    return all;
}

Result<std::unique_ptr<TokenStore::Lock>> MemoryTokenStore::try_lock(std::string_view name) {
    APILAB_CHECK(check_token_name(name));
    if (locked_.contains(name)) {
        return nullptr;
    }
    return std::make_unique<MemoryLock>(locked_, std::string(name));
}

}  // namespace apilab::auth
