import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mediation', '0007_decisions'),
        ('roster', '0006_clients'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FeedHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(max_length=32, unique=True)),
                ('position', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'verbose_name': '变更序号',
                'verbose_name_plural': '变更序号',
            },
        ),
        migrations.CreateModel(
            name='ImportedPassport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(max_length=32)),
                ('ref', models.UUIDField()),
                ('issuer', models.CharField(max_length=32)),
                ('key_id', models.CharField(max_length=16)),
                ('number', models.CharField(blank=True, max_length=80)),
                ('cause', models.CharField(max_length=24)),
                ('state', models.CharField(choices=[('FILED', '已申请'), ('RETURNED', '已退回'), ('CONSULTING', '征询意愿'), ('READY', '待委派委托'), ('DELEGATED', '待接受'), ('APPLIED', '待受理'), ('ACCEPTED', '已接受'), ('MEDIATING', '调解中'), ('SUSPENDED', '中止'), ('SIGNING', '协议待签'), ('SETTLED', '已达成协议'), ('AGREEMENT_RETURNED', '协议已移送法院'), ('HANDED_BACK', '调解不成，待法院处理'), ('UNSETTLED', '调解不成，征询是否转立案'), ('ENDED', '调解不成，结案'), ('DOCKETED', '已立案'), ('TRIAL_RESUMED', '恢复审理'), ('CONFIRMATION_SOUGHT', '已申请司法确认'), ('CONFIRMATION_REVIEW', '司法确认审查中'), ('CONFIRMED', '已裁定确认'), ('CONFIRMATION_REFUSED', '不予受理或驳回'), ('DECREE_SOUGHT', '已申请调解书'), ('DECREE_ISSUED', '调解书待签收'), ('DECREED', '调解书已生效'), ('PERFORMED', '已履行'), ('ENFORCEMENT', '已申请强制执行'), ('WITHDRAWN', '已撤回'), ('CLOSED', '已结案'), ('PROOF_SOUGHT', '待调解组织证明')], max_length=24)),
                ('court', models.CharField(blank=True, max_length=20)),
                ('organisation', models.CharField(blank=True, max_length=36)),
                ('entries', models.PositiveIntegerField()),
                ('head', models.CharField(max_length=64)),
                ('as_of', models.DateTimeField()),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveBigIntegerField()),
                ('imported_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '导入的案件护照',
                'verbose_name_plural': '导入的案件护照',
                'indexes': [models.Index(fields=['platform', '-imported_at', '-id'], name='passport_by_age')],
                'constraints': [models.UniqueConstraint(fields=('platform', 'sha256'), name='passport_once')],
            },
        ),
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(max_length=32)),
                ('key', models.CharField(max_length=64)),
                ('digest', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(default=0)),
                ('headers', models.JSONField(default=dict)),
                ('sealed', models.BinaryField(blank=True)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '已作出的答复',
                'verbose_name_plural': '已作出的答复',
                'indexes': [models.Index(fields=['made_at'], name='kept_answer_age')],
                'constraints': [models.UniqueConstraint(fields=('platform', 'key'), name='kept_answer_once')],
            },
        ),
        migrations.CreateModel(
            name='Subscription',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(max_length=32)),
                ('ref', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('url', models.CharField(max_length=500, verbose_name='接收地址')),
                ('kinds', models.JSONField(default=list, verbose_name='种类')),
                ('reached', models.PositiveBigIntegerField(default=0)),
                ('created_at', models.DateTimeField(verbose_name='创建时间')),
                ('failures', models.PositiveIntegerField(default=0)),
                ('failing_since', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('leased_until', models.DateTimeField(null=True)),
                ('disabled_at', models.DateTimeField(null=True, verbose_name='停用时间')),
                ('why', models.CharField(blank=True, max_length=40, verbose_name='停用原因')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='subscriptions', to='roster.client')),
            ],
            options={
                'verbose_name': '变更通知订阅',
                'verbose_name_plural': '变更通知订阅',
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Callback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveBigIntegerField()),
                ('kind', models.CharField(max_length=60)),
                ('at', models.DateTimeField()),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('why', models.CharField(blank=True, max_length=60)),
                ('answer', models.CharField(blank=True, max_length=200)),
                ('milliseconds', models.PositiveIntegerField(default=0)),
                ('subscription', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='callbacks', to='mediation.subscription')),
            ],
            options={
                'verbose_name': '变更通知送达记录',
                'verbose_name_plural': '变更通知送达记录',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('platform', models.CharField(max_length=32)),
                ('number', models.PositiveIntegerField()),
                ('kind', models.CharField(max_length=60)),
                ('state', models.CharField(max_length=24)),
                ('at', models.DateTimeField()),
                ('position', models.PositiveBigIntegerField(null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='mediation.case')),
            ],
            options={
                'verbose_name': '变更',
                'verbose_name_plural': '变更',
                'indexes': [models.Index(condition=models.Q(('position__isnull', True)), fields=['platform', 'id'], name='change_unnumbered')],
                'constraints': [models.UniqueConstraint(fields=('platform', 'position'), name='change_position_once')],
            },
        ),
        migrations.AddIndex(
            model_name='subscription',
            index=models.Index(condition=models.Q(('disabled_at__isnull', True)), fields=['platform', 'next_at'], name='subscription_due'),
        ),
        migrations.AddIndex(
            model_name='callback',
            index=models.Index(fields=['subscription', '-id'], name='callback_by_subscription'),
        ),
        migrations.AddIndex(
            model_name='callback',
            index=models.Index(fields=['at'], name='callback_age'),
        ),
        # What was written before there was a feed is read in it first.
        migrations.RunSQL(
            "INSERT INTO mediation_change (platform, case_id, number, kind, state, at)"
            " SELECT platform, case_id, number, kind, state, recorded_at FROM mediation_caseevent ORDER BY id",
            migrations.RunSQL.noop,
        ),
    ]
