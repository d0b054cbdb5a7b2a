// What a sandbox can be told while it serves.

#include "apilab/sandbox/sandbox.hpp"

namespace apilab::sandbox {

Settings Sandbox::settings() const {
    Settings settings = settings_;
    settings.journal = journal_->limits();
    settings.auto_consent.reset();
    for (const Mount& mount : mounts_) {
        if (const auto consents = mount.provider->auto_consent()) {
            settings.auto_consent = consents;
        }
    }
    return settings;
}

void Sandbox::change_settings(const Settings& settings) {
    settings_ = settings;
    journal_->set_limits(settings.journal);
    if (settings.auto_consent) {
        for (Mount& mount : mounts_) {
            mount.provider->set_auto_consent(*settings.auto_consent);
        }
    }
}

const Provider* Sandbox::find_provider(std::string_view name) const {
    for (const Mount& mount : mounts_) {
        if (mount.provider->name() == name) {
            return mount.provider.get();
        }
    }
    return nullptr;
}

std::vector<std::string> Sandbox::end_token(std::string_view token, std::string_view how,
                                            std::string_view provider) {
    std::vector<std::string> ended;
    for (Mount& mount : mounts_) {
        if ((provider.empty() || mount.provider->name() == provider) &&
            mount.provider->end_token(token, how)) {
            ended.emplace_back(mount.provider->name());
        }
    }
    return ended;
}

}  // namespace apilab::sandbox
