#include "apilab/transport/internal/curl_multi.hpp"

#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "apilab/transport/internal/curl_transfer.hpp"

namespace apilab::transport::internal {

using boost::system::error_code;

namespace {

// Once in a process, before the first handle. Never undone: nobody knows who else uses libcurl.
bool libcurl_is_ready() {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    return ready == CURLE_OK;
}

// 0 where it is closed.
std::uint64_t inode_of(int fd) {
    struct stat about{};
    return ::fstat(fd, &about) == 0 ? about.st_ino : 0;
}

// -1 where the socket has none.
int port_of(decltype(&::getsockname) of, int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    if (of(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return -1;
    }
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 address{};
        std::memcpy(&address, &storage, sizeof(address));
        return ntohs(address.sin6_port);
    }
    sockaddr_in address{};
    std::memcpy(&address, &storage, sizeof(address));
    return ntohs(address.sin_port);
}

}  // namespace

Result<std::shared_ptr<CurlMulti>> CurlMulti::create(runtime::RealScheduler& scheduler,
                                                     CurlMultiLimits limits) {
    CURLM* handle = libcurl_is_ready() ? curl_multi_init() : nullptr;
    if (handle == nullptr) {
        return fail(ErrorKind::internal, "libcurl cannot be set up; is memory left?");
    }
    auto multi = std::make_shared<CurlMulti>(scheduler, handle);
    if (!multi->configure(limits)) {
        return fail(ErrorKind::internal, "libcurl does not take the options of its multi handle");
    }
    return multi;
}

CurlMulti::CurlMulti(runtime::RealScheduler& scheduler, void* multi)
    : scheduler_(scheduler), multi_(multi), timer_(scheduler.io_context()) {}

CurlMulti::~CurlMulti() {
    timer_.cancel();
    curl_multi_cleanup(multi_);  // calls close_socket() for what is left
}

bool CurlMulti::configure(CurlMultiLimits limits) {
    const auto per_origin = static_cast<long>(limits.connections_per_origin);
    const auto total = static_cast<long>(limits.connections_total);
    return curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlMulti::on_socket) == CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this) == CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlMulti::on_timer) == CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this) == CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX) == CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, per_origin) == CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, total) == CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, total) == CURLM_OK;
}

bool CurlMulti::add(void* easy) {
    return curl_multi_add_handle(multi_, easy) == CURLM_OK;
}

void CurlMulti::remove(void* easy) {
    curl_multi_remove_handle(multi_, easy);
}

int CurlMulti::open_socket(int family, int type, int protocol) {
    const int fd = ::socket(family, type | SOCK_CLOEXEC, protocol);
    if (fd >= 0) {
        open_[fd] = inode_of(fd);
        http1_.erase(fd);
    }
    return fd;
}

std::size_t CurlMulti::sockets() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        open_, [](const auto& one) { return inode_of(one.first) == one.second; }));
}

int CurlMulti::find(SocketPorts ports) const {
    const auto is_it = [ports](const auto& one) {
        // A socket that was reset has no peer any more.
        const int peer = port_of(&::getpeername, one.first);
        return port_of(&::getsockname, one.first) == ports.local &&
               (peer == ports.peer || peer == -1);
    };
    const auto found = std::ranges::find_if(open_, is_it);
    return found == open_.end() ? -1 : found->first;
}

void CurlMulti::close_socket(int fd) {
    forget(fd);
    http1_.erase(fd);
    ::close(fd);
    open_.erase(fd);
}

int CurlMulti::on_timer(void* /*multi*/, long milliseconds, void* self) {
    auto& multi = *static_cast<CurlMulti*>(self);
    if (milliseconds < 0) {
        multi.timer_.cancel();
        return 0;
    }
    multi.timer_.expires_after(std::chrono::milliseconds(milliseconds));
    multi.timer_.async_wait([weak = multi.weak_from_this()](const error_code& error) {
        const auto alive = weak.lock();
        if (!error && alive) {
            alive->act(CURL_SOCKET_TIMEOUT, 0);
        }
    });
    return 0;
}

int CurlMulti::on_socket(void* /*easy*/, int fd, int what, void* self, void* /*own*/) {
    auto& multi = *static_cast<CurlMulti*>(self);
    if (what == CURL_POLL_REMOVE) {
        multi.forget(fd);
        return 0;
    }
    auto& socket = multi.sockets_[fd];
    if (!socket) {
        socket = std::make_shared<Socket>(multi.scheduler_.io_context(), fd);
    }
    const auto wanted = static_cast<unsigned>(what);
    socket->want_read = (wanted & static_cast<unsigned>(CURL_POLL_IN)) != 0;
    socket->want_write = (wanted & static_cast<unsigned>(CURL_POLL_OUT)) != 0;
    multi.watch(socket, fd);
    return 0;
}

// libcurl goes on using it, or closes it; we only stop watching.
void CurlMulti::forget(int fd) {
    if (const auto known = sockets_.find(fd); known != sockets_.end()) {
        const auto socket = known->second;
        sockets_.erase(known);
        socket->want_read = socket->want_write = false;
        socket->descriptor.release();
    }
}

// A wait that is not wanted any more ends by itself and is not told.
void CurlMulti::watch(const std::shared_ptr<Socket>& socket, int fd) {
    using Descriptor = boost::asio::posix::stream_descriptor;
    if (socket->want_read && !socket->reading) {
        socket->reading = true;
        socket->descriptor.async_wait(
            Descriptor::wait_read, [weak = weak_from_this(), socket, fd](const error_code& error) {
                socket->reading = false;
                const auto alive = weak.lock();
                if (!error && alive && socket->want_read) {
                    alive->act(fd, CURL_CSELECT_IN);
                }
            });
    }
    if (socket->want_write && !socket->writing) {
        socket->writing = true;
        socket->descriptor.async_wait(
            Descriptor::wait_write, [weak = weak_from_this(), socket, fd](const error_code& error) {
                socket->writing = false;
                const auto alive = weak.lock();
                if (!error && alive && socket->want_write) {
                    alive->act(fd, CURL_CSELECT_OUT);
                }
            });
    }
}

void CurlMulti::act(int fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    harvest();
    if (const auto known = sockets_.find(fd); known != sockets_.end()) {
        watch(known->second, fd);
    }
}

void CurlMulti::harvest() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        char* owner = nullptr;
        if (message->msg == CURLMSG_DONE &&
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner) == CURLE_OK) {
            reinterpret_cast<CurlTransfer*>(owner)->on_done(message->data.result);
        }
    }
}

}  // namespace apilab::transport::internal
