/*
 * The tree under the mount and the requests that come for it. Nothing is cached by the kernel: a
 * read is a read of the chip, a write one program.
 */
#include "sim/mount/mount_life.h"

#include <errno.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct mount *mount_of(fuse_req_t request)
{
	return fuse_req_userdata(request);
}

static void mount_fuse_init(void *context, struct fuse_conn_info *connection)
{
	(void)context;
	connection->max_write = FILES_REQUEST_BYTES;
	connection->max_read = FILES_REQUEST_BYTES;
	connection->want &= ~(unsigned)FUSE_CAP_WRITEBACK_CACHE;
}

static bool mount_fuse_is_folder(fuse_ino_t node)
{
	return node == MOUNT_ROOT || node == MOUNT_NET || node == MOUNT_CONTROL;
}

static void mount_fuse_stat(const struct mount *mount, fuse_ino_t node, struct stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->st_ino = node;
	stat->st_nlink = 1;
	stat->st_uid = geteuid();
	stat->st_gid = getegid();
	stat->st_mode = S_IFREG | 0600;
	if (mount_fuse_is_folder(node))
		stat->st_mode = S_IFDIR | 0700;
	else if (node >= MOUNT_NODES)
		stat->st_mode = S_IFREG | 0400;
	if (mount->life && node == MOUNT_FLASH)
		stat->st_size = mount->life->device->board.flash_bytes;
	if (mount->life && node == MOUNT_EFUSE)
		stat->st_size = mount->life->device->chip.efuse.cells;
}

static void mount_fuse_getattr(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *file)
{
	struct stat stat;

	(void)file;
	mount_fuse_stat(mount_of(request), node, &stat);
	(void)fuse_reply_attr(request, &stat, 0);
}

static fuse_ino_t mount_fuse_find_root(const char *name)
{
	static const char *const names[] = {FILES_FLASH, FILES_EFUSE, FILES_NET, FILES_CONTROL};

	for (fuse_ino_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return MOUNT_FLASH + i;
	return MOUNT_NOBODY;
}

static fuse_ino_t mount_fuse_find_control(const char *name)
{
	for (fuse_ino_t i = 0; i < FILES_CONTROLS; i++)
		if (!strcmp(name, files_wire_control((enum files_control)i)))
			return MOUNT_CONTROLS + i;
	return MOUNT_NOBODY;
}

/* Every URI has a file, since only the network knows which lead somewhere. */
static fuse_ino_t mount_fuse_find_uri(struct mount *mount, const char *name)
{
	struct mount_uri uri = {0};

	uri.bytes = files_wire_uri(name, uri.text);
	if (uri.bytes == 0)
		return MOUNT_NOBODY;
	for (uint32_t i = 0; i < mount->uri_count; i++)
		if (!memcmp(&mount->uris[i], &uri, sizeof(uri)))
			return MOUNT_NODES + i;
	if (mount->uri_count == MOUNT_NAMES_MAX)
		return MOUNT_NOBODY;
	mount->uris[mount->uri_count] = uri;
	return MOUNT_NODES + mount->uri_count++;
}

static void mount_fuse_lookup(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	struct mount *mount = mount_of(request);
	struct fuse_entry_param entry = {0};

	if (parent == MOUNT_ROOT)
		entry.ino = mount_fuse_find_root(name);
	else if (parent == MOUNT_CONTROL)
		entry.ino = mount_fuse_find_control(name);
	else if (parent == MOUNT_NET)
		entry.ino = mount_fuse_find_uri(mount, name);
	if (entry.ino == MOUNT_NOBODY) {
		(void)fuse_reply_err(request, ENOENT);
		return;
	}
	mount_fuse_stat(mount, entry.ino, &entry.attr);
	(void)fuse_reply_entry(request, &entry);
}

static void mount_fuse_file_open(fuse_req_t request, fuse_ino_t node, struct fuse_file_info *file)
{
	(void)node;
	file->direct_io = 1;
	file->keep_cache = 0;
	(void)fuse_reply_open(request, file);
}

static void mount_fuse_read(fuse_req_t request, fuse_ino_t node, size_t size, off_t offset,
			    struct fuse_file_info *file)
{
	struct mount *mount = mount_of(request);
	int done;

	(void)file;
	if (size > sizeof(mount->data))
		size = sizeof(mount->data);
	done = mount_file_read(mount, node, (uint64_t)offset, mount->data, (uint32_t)size);
	if (done < 0)
		(void)fuse_reply_err(request, files_wire_errno(done));
	else
		(void)fuse_reply_buf(request, (const char *)mount->data, (size_t)done);
}

static void mount_fuse_write(fuse_req_t request, fuse_ino_t node, const char *data, size_t size,
			     off_t offset, struct fuse_file_info *file)
{
	int done = mount_file_write(mount_of(request), node, (uint64_t)offset,
				    (const uint8_t *)data, (uint32_t)size);

	(void)file;
	if (done < 0)
		(void)fuse_reply_err(request, files_wire_errno(done));
	else
		(void)fuse_reply_write(request, (size_t)done);
}

static void mount_fuse_fallocate(fuse_req_t request, fuse_ino_t node, int mode, off_t offset,
				 off_t length, struct fuse_file_info *file)
{
	int err = FW_ERR_ALIGN;

	(void)file;
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		err = mount_file_erase(mount_of(request), node, (uint64_t)offset, (uint64_t)length);
	(void)fuse_reply_err(request, err ? files_wire_errno(err) : 0);
}

static void mount_fuse_fsync(fuse_req_t request, fuse_ino_t node, int data_only,
			     struct fuse_file_info *file)
{
	int err = mount_file_sync(mount_of(request), node);

	(void)data_only;
	(void)file;
	(void)fuse_reply_err(request, err ? files_wire_errno(err) : 0);
}

struct fuse_session *mount_fuse_open(struct mount *mount)
{
	static const struct fuse_lowlevel_ops ops = {
		.init = mount_fuse_init,
		.lookup = mount_fuse_lookup,
		.getattr = mount_fuse_getattr,
		.open = mount_fuse_file_open,
		.read = mount_fuse_read,
		.write = mount_fuse_write,
		.fsync = mount_fuse_fsync,
		.fallocate = mount_fuse_fallocate,
	};
	char name[] = "brownout", option[] = "-o", max_read[32];
	char *arguments[] = {name, option, max_read, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, arguments);
	struct fuse_session *session;

	/* libfuse wants to hear what the kernel was told when it was mounted. */
	(void)snprintf(max_read, sizeof(max_read), "max_read=%u", FILES_REQUEST_BYTES);
	session = fuse_session_new(&args, &ops, sizeof(ops), mount);
	fuse_opt_free_args(&args); /* parsing has made a copy of its own */
	return session;
}

int mount_fuse_serve(struct mount *mount)
{
	int got = fuse_session_receive_buf(mount->session, &mount->request);

	if (got == -EINTR || got == -EAGAIN)
		return 0; /* who asked has died meanwhile */
	if (got <= 0)
		return got ? got : -ENODEV;
	fuse_session_process_buf(mount->session, &mount->request);
	return 0;
}
