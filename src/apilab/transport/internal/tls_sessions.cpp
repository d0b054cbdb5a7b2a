#include "apilab/transport/internal/tls_sessions.hpp"

namespace apilab::transport::internal {

void TlsSessions::keep(const std::string& peer, SSL_SESSION* session) {
    sessions_.push_front({.peer = peer, .session = decltype(Entry::session)(session)});
    if (sessions_.size() > max_) {
        sessions_.pop_back();
    }
}

void TlsSessions::offer(const std::string& peer, SSL* ssl) {
    for (auto entry = sessions_.begin(); entry != sessions_.end();) {
        if (entry->peer != peer) {
            ++entry;
            continue;
        }
        SSL_SESSION* session = entry->session.get();
        const bool usable =
            SSL_SESSION_is_resumable(session) == 1 && SSL_set_session(ssl, session) == 1;
        const bool used_up = !usable || SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION;
        entry = used_up ? sessions_.erase(entry) : entry;
        if (usable) {
            return;
        }
    }
}

}  // namespace apilab::transport::internal
