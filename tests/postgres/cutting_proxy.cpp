#include "cutting_proxy.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "postgres_server.hpp"

namespace apilab::work::tests {
namespace {

sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    std::copy_n(text.c_str(), std::min(text.size() + 1, sizeof address.sun_path), address.sun_path);
    return address;
}

bool send_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace

CuttingProxy::CuttingProxy(std::filesystem::path folder, const std::filesystem::path& server_folder)
    : folder_(std::move(folder)),
      server_(server_folder / PostgresServer::socket_name),
      listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      wake_(::eventfd(0, EFD_CLOEXEC)) {
    std::filesystem::create_directories(folder_);
    const auto address = address_of(folder_ / PostgresServer::socket_name);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets' interface is so.
    (void)::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    (void)::listen(listener_, 16);
    thread_ = std::thread([this] { run(); });
}

CuttingProxy::~CuttingProxy() {
    ending_ = true;
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof one);
    thread_.join();
    ::close(listener_);
    ::close(wake_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void CuttingProxy::cut_at(int step, Cut cut) {
    cut_ = false;
    how_ = cut;
    left_ = step;
}

int CuttingProxy::connect_to_server() const {
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = address_of(server_);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the sockets' interface is so.
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(server);
        return -1;
    }
    return server;
}

// One connection at a time: a store has one.
void CuttingProxy::run() {
    while (!ending_) {
        std::array waited{pollfd{listener_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
        ::poll(waited.data(), waited.size(), -1);
        if ((waited[0].revents & POLLIN) == 0) {
            continue;
        }
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (!refusing_) {
            serve(client);
        }
        ::close(client);
    }
}

void CuttingProxy::serve(int client) {
    const int server = connect_to_server();
    bool cut_after_answer = false;
    std::string buffer(std::size_t{1} << 20U, '\0');
    while (server >= 0 && !ending_) {
        std::array waited{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0},
                          pollfd{wake_, POLLIN, 0}};
        ::poll(waited.data(), waited.size(), -1);
        const bool from_server = waited[1].revents != 0;
        if (!from_server && waited[0].revents == 0) {
            break;
        }
        const auto size = ::read(from_server ? server : client, buffer.data(), buffer.size());
        if (size <= 0 || (from_server && cut_after_answer)) {
            cut_ = cut_ || cut_after_answer;
            break;
        }
        if (!from_server && left_ > 0 && --left_ == 0) {
            cut_after_answer = how_ == Cut::answered;
            if (!cut_after_answer) {
                cut_ = true;
                break;
            }
        }
        if (!send_all(from_server ? client : server,
                      std::string_view(buffer).substr(0, static_cast<std::size_t>(size)))) {
            break;
        }
    }
    if (server >= 0) {
        ::close(server);
    }
}

}  // namespace apilab::work::tests
