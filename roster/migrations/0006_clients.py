import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('roster', '0005_companies'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClientSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(verbose_name='创建时间')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='失效时间')),
                ('last_used_at', models.DateTimeField(null=True, verbose_name='最近使用')),
            ],
            options={
                'verbose_name': '客户端密钥',
                'verbose_name_plural': '客户端密钥',
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ClientToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=8)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('family', models.UUIDField(default=uuid.uuid4)),
                ('scopes', models.JSONField(default=list)),
                ('redirect_uri', models.CharField(blank=True, max_length=500)),
                ('challenge', models.CharField(blank=True, max_length=128)),
                ('issued_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('spent_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': '客户端令牌',
                'verbose_name_plural': '客户端令牌',
                'ordering': ['-pk'],
            },
        ),
        migrations.AddField(
            model_name='client',
            name='confidential',
            field=models.BooleanField(default=True, verbose_name='能保守密钥'),
        ),
        migrations.AddField(
            model_name='client',
            name='court',
            field=models.CharField(blank=True, default='', max_length=12, verbose_name='法院代字'),
        ),
        migrations.AddField(
            model_name='client',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='创建人'),
        ),
        migrations.AddField(
            model_name='client',
            name='grants',
            field=models.JSONField(blank=True, default=list, verbose_name='授权方式'),
        ),
        migrations.AddField(
            model_name='client',
            name='identifier',
            field=models.CharField(max_length=40, null=True, unique=True, verbose_name='客户端编号'),
        ),
        migrations.AddField(
            model_name='client',
            name='organisation',
            field=models.UUIDField(blank=True, null=True, verbose_name='调解组织'),
        ),
        migrations.AddField(
            model_name='client',
            name='platform',
            field=models.CharField(blank=True, default='', max_length=32, verbose_name='平台'),
        ),
        migrations.AddField(
            model_name='client',
            name='redirect_uris',
            field=models.JSONField(blank=True, default=list, verbose_name='回调地址'),
        ),
        migrations.AlterField(
            model_name='client',
            name='token_digest',
            field=models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
        migrations.AddConstraint(
            model_name='client',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('identifier__isnull', False), ('token_digest__isnull', True)), models.Q(('identifier__isnull', True), ('token_digest__isnull', False)), _connector='OR'), name='client_registered_or_token'),
        ),
        migrations.AddField(
            model_name='clientsecret',
            name='client',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to='roster.client'),
        ),
        migrations.AddField(
            model_name='clientsecret',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clienttoken',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='clienttoken',
            name='client',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to='roster.client'),
        ),
        migrations.AddIndex(
            model_name='clienttoken',
            index=models.Index(fields=['family'], name='client_token_family'),
        ),
        migrations.AddIndex(
            model_name='clienttoken',
            index=models.Index(fields=['expires_at'], name='client_token_expiry'),
        ),
    ]
