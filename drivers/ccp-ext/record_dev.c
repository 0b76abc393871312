// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/ccp_ext_record: how a VMM leaves a record beside its guest, and takes it again in the
 * next kernel (docs/ABI/dev-ccp_ext_record). A command is one write: a line of words, and for
 * those that bring a record its bytes behind the newline. What was opened is read from
 * the same file descriptor.
 *
 * Who asks is who opened the file, and who writes must be the same user: a file that somebody
 * else inherited as his standard output must not make him speak for himself.
 */
#include "ccp_ext.h"
#include "compat/compat.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <crypto/sha2.h>

#define LINE_SIZE	128	/* verb, key, guest, newline */
#define KEY_BYTES	32

struct session {
	struct mutex lock;
	struct ccpx_record *record;	/* what was opened, or NULL */
	size_t	at;			/* how much of it was read */
};

static_assert(RMPP_RECORD_KEY_SIZE == SHA256_DIGEST_SIZE);

struct command {
	const char *verb;
	struct ccpx_owner owner;
	struct ccpx_guest_name guest;
};

/* The key itself is not kept: neither this kernel nor the blob has more than its hash. */
static int parse_key(struct ccpx_owner *owner, const char *word)
{
	u8 key[KEY_BYTES];

	if (!word || strlen(word) != 2 * sizeof(key) || hex2bin(key, word, sizeof(key)))
		return -EINVAL;
	sha256(key, sizeof(key), owner->key);
	memzero_explicit(key, sizeof(key));
	return 0;
}

static int parse_guest(struct ccpx_guest_name *guest, const char *word)
{
	u32 handle;
	int rc;

	guest->handle = -1;
	guest->last = false;
	if (!word)
		return 0;
	if (!strcmp(word, "last")) {
		guest->last = true;
		return 0;
	}
	if (strncmp(word, "handle=", 7))
		return -EINVAL;
	rc = kstrtou32(word + 7, 0, &handle);
	guest->handle = handle;
	return rc ? -EINVAL : 0;
}

static int parse(struct command *c, char *line)
{
	const char *key;
	int rc;

	c->verb = strsep(&line, " ");
	key = strsep(&line, " ");
	rc = parse_key(&c->owner, key) ?: parse_guest(&c->guest, line);
	/* only who attaches names a guest: the key finds the record ever after */
	return rc ?: line && strcmp(c->verb, "attach") ? -EINVAL : 0;
}

/* "attach" and "replace": @head has the first @nr bytes of the record, @from the others. */
static int bring(const struct command *c, const char *head, size_t nr, struct iov_iter *from)
{
	size_t size = nr + iov_iter_count(from);
	struct ccpx_record *r;
	u32 unused;
	u8 *to;
	int rc;

	if (!size)
		return -EINVAL;
	if (size > min((u64)ccpx_params.record_kb << 10, (u64)RMPP_RECORD_MAX_SIZE))
		return -EMSGSIZE;
	r = ccpx_record_new(&c->owner, size);
	if (!r)
		return -ENOMEM;
	to = ccpx_record_bytes(r, &unused);
	memcpy(to, head, nr);
	rc = copy_from_iter_full(to + nr, size - nr, from) ? 0 : -EFAULT;
	if (!rc)
		rc = strcmp(c->verb, "attach") ? ccpx_record_replace(r, &c->owner) :
						 ccpx_record_attach(r, &c->guest);
	ccpx_record_put(r);
	return rc;
}

static int open_record(struct session *s, const struct ccpx_owner *owner)
{
	struct ccpx_record *r = ccpx_record_open(owner);

	if (IS_ERR(r))
		return PTR_ERR(r);
	mutex_lock(&s->lock);
	swap(s->record, r);
	s->at = 0;
	mutex_unlock(&s->lock);
	ccpx_record_put(r);
	return 0;
}

static int execute(struct session *s, const struct command *c, const char *head, size_t nr,
		   struct iov_iter *from)
{
	if (!strcmp(c->verb, "attach") || !strcmp(c->verb, "replace"))
		return bring(c, head, nr, from);
	if (nr || iov_iter_count(from))
		return -EINVAL;
	if (!strcmp(c->verb, "open"))
		return open_record(s, &c->owner);
	if (!strcmp(c->verb, "remove"))
		return ccpx_record_remove(&c->owner);
	return -EINVAL;
}

static ssize_t record_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct file *f = iocb->ki_filp;
	size_t count = iov_iter_count(from), nr = min_t(size_t, count, LINE_SIZE), length;
	char head[LINE_SIZE + 1], *end;
	struct command c = { .owner.uid = f->f_cred->euid };
	int rc;

	if (!uid_eq(f->f_cred->euid, current_euid()))
		return -EPERM;
	if (!copy_from_iter_full(head, nr, from))
		return -EFAULT;
	head[nr] = '\0';
	end = memchr(head, '\n', nr);
	length = end ? end - head + 1 : nr;
	if (end)
		*end = '\0';
	/* without a newline all of it is the line */
	rc = end || nr == count ? parse(&c, head) : -EINVAL;
	rc = rc ?: execute(f->private_data, &c, head + length, nr - length, from);
	memzero_explicit(head, sizeof(head));
	memzero_explicit(&c, sizeof(c));
	return rc ?: count;
}

static ssize_t record_read(struct file *f, char __user *buf, size_t count, loff_t *pos)
{
	struct session *s = f->private_data;
	const u8 *data;
	u32 size;

	if (!uid_eq(f->f_cred->euid, current_euid()))
		return -EPERM;
	if (mutex_lock_interruptible(&s->lock))
		return -ERESTARTSYS;
	if (!s->record) {
		mutex_unlock(&s->lock);
		return -ENODATA;
	}
	data = ccpx_record_bytes(s->record, &size);
	count = min_t(size_t, count, size - s->at);
	if (copy_to_user(buf, data + s->at, count))
		count = -EFAULT;
	else
		s->at += count;
	mutex_unlock(&s->lock);
	return count;
}

static int record_open(struct inode *inode, struct file *f)
{
	struct session *s = kzalloc(sizeof(*s), GFP_KERNEL_ACCOUNT);

	if (!s)
		return -ENOMEM;
	mutex_init(&s->lock);
	f->private_data = s;
	return nonseekable_open(inode, f);
}

static int record_release(struct inode *inode, struct file *f)
{
	struct session *s = f->private_data;

	ccpx_record_put(s->record);
	kfree(s);
	return 0;
}

static const struct file_operations record_fops = {
	.owner = THIS_MODULE,
	.open = record_open,
	.release = record_release,
	.read = record_read,
	.write_iter = record_write,
};

/* For root alone, like /dev/kvm and /dev/sev: a distribution's rules open them to VMMs. */
static struct miscdevice record_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ccp_ext_record",
	.mode = 0600,
	.fops = &record_fops,
};

int ccpx_record_dev_init(void)
{
	return misc_register(&record_device);
}

void ccpx_record_dev_exit(void)
{
	misc_deregister(&record_device);
}
